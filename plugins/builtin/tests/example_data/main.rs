//! The example data sets and the documented models: files fit together, and models answer as scikit-learn did.

mod example;

mod breast_cancer;
mod diabetes;
mod formats_page;
mod penguins;
mod wine;
