//! `ce predict`: a calibrated prediction for every row of a file.

use clap::Args;

use super::destination::{Destination, Staged};
use super::failure::Failure;
use super::inputs::Wanted;
use super::io::Io;
use super::options::{self, Given};
use super::outcome::{self, Results};
use super::quantity::sides;
use super::request::{Asked, RequestFlags};
use super::table::Table;
use super::{dry_run, metrics, reject, told};
use crate::config::Slot;
use crate::explain::Explainer;
use crate::explain::report::shown;
use crate::{Host, Percentiles, Predictions};

/// Predict every row of a CSV file, with calibrated uncertainty
#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    request: RequestFlags<Nothing>,

    /// Also tell how well the predictions fit the targets, which the data file must have
    #[arg(long, help_heading = "Output")]
    metrics: bool,
}

/// What is asked of predictions alone.
#[derive(Debug, Args)]
struct Nothing {}

pub(crate) fn run(args: &PredictArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let request = &args.request;
    request.check(None)?;
    let host = request.host(Slot::Interval, |builder| builder)?;
    let files = request.read(&host, Wanted { targets: args.metrics, ..Wanted::default() }, io)?;
    let given = request.given(Vec::new());
    let (explainer, asked) = request.explainer(&host, files, &given, io)?;
    request.tell_refused(&host, explainer.predict_route().err().as_ref(), io);
    if request.dry_run {
        return args.dry_run(&host, &explainer, &asked, &given, io);
    }

    let (predictions, results) = match explainer.predict(request.instances(&asked)) {
        Ok(predictions) => {
            let results = results(request, &predictions);
            (Some(predictions), results)
        }
        Err(error) => (None, Err(options::named(error, &given))),
    };
    if let Some(predictions) = &predictions {
        told::routes(&[explainer.predict_route()?], predictions.passed_over(), request.verbose, io);
        told::warnings(predictions.warnings(), io);
        request.reject.tell(predictions.rejections(), predictions.len(), io);
    }
    let n_instances = predictions.as_ref().map_or(0, Predictions::len);
    outcome::deliver(request, &explainer, results, &format!("{n_instances} predictions"), io)?;
    match (predictions, &request.output) {
        (Some(predictions), None) => print(&predictions, io),
        (Some(predictions), Some(Destination::Stdout)) => Ok(predictions.write_json(&mut *io.out)?),
        _ => Ok(()),
    }
}

impl PredictArgs {
    /// Tells what a run would do, and fails as it would.
    fn dry_run(
        &self,
        host: &Host,
        explainer: &Explainer,
        asked: &Asked,
        given: &[Given],
        io: &mut Io<'_>,
    ) -> Result<(), Failure> {
        let request = &self.request;
        let review = explainer.review(request.instances(asked)).map_err(|error| options::named(error, given))?;
        let routes = [explainer.predict_route()?];
        options::check(given, &routes, host.catalog())?;
        told::warnings(&review, io);
        let metrics = self.metrics.then(|| "how well the predictions fit the targets".to_owned());
        let notes = [("reject", request.reject.words()), ("metrics", metrics), ("options", options::words(given))];
        let what = format!("predict {}", dry_run::counted(asked.rows.len()));
        dry_run::tell(&what, explainer, asked, &routes, &notes, io)
    }
}

fn results(request: &RequestFlags<Nothing>, predictions: &Predictions) -> Result<Results, Failure> {
    let output = match &request.output {
        Some(Destination::File(path)) => Some(Staged::write(path, |out| predictions.write_json(out))?),
        _ => None,
    };
    Ok(Results { output, plots: None })
}

/// One line per row: what is predicted, and the probability or value with its bounds.
fn print(predictions: &Predictions, io: &mut Io<'_>) -> Result<(), Failure> {
    let mut table = Table::default();
    let rejections = predictions.rejections();
    // Where no row is left, the columns are called as if there were some.
    let (about, has_ids) = (&predictions.about, predictions.about.has_ids());
    let has_classes = about.quantity.is_probability();
    let class = if about.quantity.is_event() { "event" } else { "class" };
    // Of two classes every row speaks of the same one, of an event all speak of it; of several classes each has its own.
    let first_class = predictions.explained_class(0).or(about.spoken_of_by_all());
    let has_one_class = (0..predictions.len()).all(|row_idx| predictions.explained_class(row_idx) == first_class);
    let of_class = first_class.filter(|_| has_one_class).map(|class| format!("P({class})"));
    let value_name = of_class.as_deref().unwrap_or("prediction");
    let [low, high] = bounds(predictions.percentiles());
    let columns = [("instance", true), ("id", has_ids), (class, has_classes), (value_name, true)];
    let bounds = [(low.as_str(), true), (high.as_str(), true)];
    let header = columns.into_iter().chain(bounds).filter(|(_, is_shown)| *is_shown).map(|(name, _)| name.to_owned());
    table.row(header.chain(reject::columns(rejections)));
    let decimals = match has_classes {
        true => shown::decimals([]),
        false => shown::decimals((0..predictions.len()).filter_map(|row_idx| predictions.get(row_idx))),
    };
    let shown = |value| shown::number(value, decimals);
    for row_idx in 0..predictions.len() {
        let (Some(prediction), Some(number)) = (predictions.get(row_idx), predictions.number(row_idx)) else { break };
        let value = shown(prediction.value);
        let value = match predictions.explained_class(row_idx) {
            Some(class) if !has_one_class => format!("P({class}) = {value}"),
            _ => value,
        };
        let cells = [
            Some(number.to_string()),
            predictions.about.id(row_idx).map(str::to_owned),
            predictions.class(row_idx).map(str::to_owned),
            Some(value),
            Some(shown(prediction.low)),
            Some(shown(prediction.high)),
        ];
        let cells = cells.into_iter().flatten().chain(reject::cells(rejections, row_idx));
        table.row(cells.map(|cell| shown::name(&cell)));
    }
    io.print(format_args!("{table}"))?;
    predictions.metrics().map_or(Ok(()), |metrics| metrics::print(metrics, decimals, io))
}

/// What the columns of the bounds are called.
fn bounds(percentiles: Option<Percentiles>) -> [String; 2] {
    let Some(percentiles) = percentiles else { return ["low", "high"].map(str::to_owned) };
    let [low, high] = sides(percentiles);
    [format!("low ({low})"), format!("high ({high})")]
}

#[cfg(test)]
mod tests {
    use super::bounds;
    use crate::Percentiles;

    #[test]
    fn bounds_are_called_by_their_percentiles() {
        assert_eq!(bounds(None), ["low", "high"]);
        assert_eq!(bounds(Some(Percentiles::default())), ["low (percentile 5)", "high (percentile 95)"]);
        let open = Percentiles::new(2.5, f64::INFINITY).ok();
        assert_eq!(bounds(open), ["low (percentile 2.5)", "high (largest target)"]);
    }
}
