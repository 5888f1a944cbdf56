//! How well predictions fit, as a small table. It never measures anything.

use super::failure::Failure;
use super::io::Io;
use super::table::Table;
use crate::Metrics;
use crate::explain::metrics::OfProbabilities;
use crate::explain::report::shown;
use crate::telemetry::Number;

/// Prints the table, with so many decimals, below that of the predictions.
pub(crate) fn print(metrics: &Metrics, decimals: usize, io: &mut Io<'_>) -> Result<(), Failure> {
    io.print(format_args!("\n{}", table(metrics, decimals)))
}

fn table(metrics: &Metrics, decimals: usize) -> Table {
    let mut table = Table::default();
    let shown = |Number(value): Number| shown::number(value, decimals);
    let rows = if metrics.n_instances == 1 { "row" } else { "rows" };
    let title = format!("metric of {} {rows}", metrics.n_instances);
    let of_model = metrics.uncalibrated.map(|_| "uncalibrated".to_owned());
    table.row([title, "calibrated".to_owned()].into_iter().chain(of_model));
    let calibrated = metrics.calibrated.iter().flat_map(of_probabilities);
    let mut of_model = metrics.uncalibrated.iter().flat_map(of_probabilities);
    for (name, value) in calibrated {
        let of_model = of_model.next().map(|(_, value)| shown(value));
        table.row([name.to_owned(), shown(value)].into_iter().chain(of_model));
    }
    let of_intervals = [
        ("coverage", metrics.coverage),
        ("mean width", Some(metrics.mean_width)),
        ("median width", Some(metrics.median_width)),
    ];
    for (name, value) in of_intervals {
        if let Some(value) = value {
            table.row([name.to_owned(), shown(value)]);
        }
    }
    table
}

fn of_probabilities(of: &OfProbabilities) -> [(&'static str, Number); 3] {
    [
        ("Brier score", of.brier),
        ("log loss", of.log_loss),
        ("expected calibration error", of.expected_calibration_error),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        Metrics {
            n_instances: 6,
            calibrated: None,
            uncalibrated: None,
            coverage: None,
            mean_width: Number(0.25),
            median_width: Number(0.5),
        }
    }

    #[test]
    fn probabilities_stand_beside_those_of_the_model() {
        let of = |brier| OfProbabilities {
            brier: Number(brier),
            log_loss: Number(0.5),
            expected_calibration_error: Number(0.125),
        };
        let metrics = Metrics { calibrated: Some(of(0.1)), uncalibrated: Some(of(0.2)), ..metrics() };
        assert_eq!(
            table(&metrics, 3).to_string(),
            "metric of 6 rows            calibrated  uncalibrated\n\
             Brier score                 0.100       0.200\n\
             log loss                    0.500       0.500\n\
             expected calibration error  0.125       0.125\n\
             mean width                  0.250\n\
             median width                0.500\n"
        );
    }

    #[test]
    fn values_have_a_coverage_and_the_model_has_none() {
        let metrics = Metrics { n_instances: 1, coverage: Some(Number(1.0)), ..metrics() };
        assert_eq!(
            table(&metrics, 3).to_string(),
            "metric of 1 row  calibrated\n\
             coverage         1.000\n\
             mean width       0.250\n\
             median width     0.500\n"
        );
    }
}
