//! The models that docs/FORMATS.md shows can be read.

use std::path::Path;

use ce_builtin::learner::PortableModel;

#[test]
fn models_on_the_page_of_formats_are_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FORMATS.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut n_outputs = Vec::new();
    for block in blocks.filter(|block| block.contains("\"format\": \"ce-model/1\"")) {
        let model = PortableModel::from_slice(block.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{block}"));
        n_outputs.push(model.n_outputs());
    }
    assert_eq!(n_outputs, [2, 3], "a logistic regression and a boosting of three classes");
}
