//! A plugin of every kind that reads all it is lent and returns part of it. It never fails, whatever it is lent.

use std::hint::black_box;

use ce_plugin_api::PluginError;
use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, Column, ColumnBuf, Edits, Matrix, Questions, QuestionsBuf, Rows, Rules,
};
use ce_plugin_api::kind::{
    Batch, Calibrator, Explainer, ExplanationPlugin, Fit, IntervalPlugin, Learner, LearnerPlugin, Next, PlotBuilder,
    PlotRenderer,
};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::LearnerInfo;

/// All of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Echo;

/// Looks at every value: memory that must not be read would end the process here.
fn look<T: Copy>(values: &[T]) {
    values.iter().for_each(|value| {
        black_box(*value);
    });
}

fn look_at_columns(columns: &[Column<'_>]) {
    for column in columns {
        look(column.name.as_str().as_bytes());
        look(column.values.as_slice());
    }
}

fn look_at_rows(rows: Rows<'_>) {
    look(rows.base.as_slice());
    look(rows.row.as_slice());
    look(rows.end.as_slice());
    look(rows.feature.as_slice());
    look(rows.value.as_slice());
}

fn look_at_answers(answers: Answers<'_>) {
    look(answers.predict.as_slice());
    look(answers.low.as_slice());
    look(answers.high.as_slice());
    look(answers.class.as_slice());
    look_at_columns(answers.extra.as_slice());
}

fn look_at_calibration(calibration: Calibration<'_>) {
    look(calibration.x.as_slice());
    look(calibration.y.as_slice());
    look(calibration.scores.as_slice());
    look(calibration.category.as_slice());
    look(calibration.schema.as_str().as_bytes());
    look_at_columns(calibration.extra.as_slice());
}

fn kept(columns: &[Column<'_>]) -> Vec<ColumnBuf> {
    let kept = |column: &Column<'_>| ColumnBuf {
        name: column.name.as_str().into(),
        width: column.width,
        values: column.values.to_vec().into(),
    };
    columns.iter().map(kept).collect()
}

impl LearnerPlugin for Echo {
    type Learner = Echo;

    fn open(&self, model: &[u8], options: &str) -> Result<Echo, PluginError> {
        look(model);
        look(options.as_bytes());
        Ok(Echo)
    }
}

impl Learner for Echo {
    fn info(&self) -> LearnerInfo {
        LearnerInfo {
            task: Task::Classification,
            n_features: 2,
            n_outputs: 2,
            classes: vec!["no".to_owned(), "yes".to_owned()],
            feature_names: Vec::new(),
            categories: [("a".to_owned(), vec!["x".to_owned()])].into(),
        }
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.predict_edited(Rows::dense(x), scores)
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        look_at_rows(rows);
        scores.fill(0.5);
        Ok(())
    }
}

impl IntervalPlugin for Echo {
    type Calibrator = Echo;

    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: &str) -> Result<Fit<Echo>, PluginError> {
        look_at_calibration(calibration);
        look(asked.scores.as_slice());
        look_at_columns(asked.extra.as_slice());
        look(options.as_bytes());
        if asked.round > 0 {
            return Ok(Fit::Done(Echo));
        }
        let category = || calibration.category.to_vec().into();
        let edits =
            Edits { row: category(), end: category(), feature: category(), value: calibration.y.to_vec().into() };
        Ok(Fit::Ask { edits, state: asked.state.to_vec() })
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Echo, PluginError> {
        LearnerPlugin::open(self, saved, options)
    }
}

impl Calibrator for Echo {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        look_at_rows(rows);
        look(scores.as_slice());
        for column in [questions.row, questions.class, questions.feature, questions.category] {
            look(column.as_slice());
        }
        for column in [questions.threshold_low, questions.threshold_high, questions.percentiles] {
            look(column.as_slice());
        }
        look_at_columns(questions.extra.as_slice());
        questions.iter().for_each(|question| {
            black_box(question);
        });
        answers.predict.fill(0.5);
        answers.low.fill(0.25);
        answers.high.fill(0.75);
        answers.class.fill(1);
        answers.probability.fill(0.5);
        for column in answers.extra.iter_mut() {
            look(column.name.as_str().as_bytes());
            column.values.fill(1.0);
        }
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Ok(b"saved".to_vec())
    }
}

impl ExplanationPlugin for Echo {
    type Explainer = Echo;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<Echo, PluginError> {
        look_at_calibration(calibration);
        look_at_answers(calibrated);
        look(options.as_bytes());
        Ok(Echo)
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Echo, PluginError> {
        LearnerPlugin::open(self, saved, options)
    }
}

impl Explainer for Echo {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        look(batch.options.as_str().as_bytes());
        look_at_answers(batch.base);
        look_at_answers(batch.answers);
        let category = || batch.category.to_vec().into();
        let x = || batch.x.as_slice().to_vec().into();
        let extra = || kept(batch.extra.as_slice()).into();
        if batch.round > 0 {
            return Ok(Next::Done(Rules {
                instance_end: category(),
                weight: x(),
                weight_low: x(),
                weight_high: x(),
                predict: batch.base.predict.to_vec().into(),
                low: batch.base.low.to_vec().into(),
                high: batch.base.high.to_vec().into(),
                condition_end: category(),
                feature: batch.base.class.to_vec().into(),
                operator: batch.state.to_vec().into(),
                condition_low: x(),
                condition_high: x(),
                rule_extra: extra(),
                condition_extra: extra(),
                instance_extra: extra(),
            }));
        }
        let edits = Edits { row: category(), end: category(), feature: category(), value: x() };
        let questions =
            QuestionsBuf { row: category(), class: category(), feature: category(), extra: extra(), want: extra() };
        Ok(Next::Ask { edits, questions, state: batch.state.to_vec() })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Calibrator::save(self)
    }
}

impl PlotBuilder for Echo {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        Ok([explanations, intent].concat())
    }
}

impl PlotRenderer for Echo {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        Ok([spec, format, options].concat().into_bytes())
    }
}
