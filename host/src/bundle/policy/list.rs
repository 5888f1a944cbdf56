//! The lists in `[plugins]` of a `ce.toml`, changed in its text so that comments and layout stay. It never reads or
//! writes a file.

use std::path::Path;

use toml_edit::{Array, Document, DocumentMut, Item, RawString, Table, Value};

use super::EditError;
use crate::config::Location;

const SECTION: &str = "plugins";

/// The entries of a list; none if there is no such list.
pub(crate) fn read(text: &str, key: &str, path: &Path) -> Result<Vec<String>, EditError> {
    let document = parse(text, path)?;
    let list = document.get(SECTION).and_then(|section| section.get(key)).and_then(Item::as_array);
    Ok(list.into_iter().flatten().filter_map(|entry| entry.as_str().map(str::to_owned)).collect())
}

/// Appends entries to a list, which is made when there is none.
pub(crate) fn add(text: &str, key: &str, entries: &[String], path: &Path) -> Result<String, EditError> {
    if entries.is_empty() {
        return Ok(text.to_owned());
    }
    let mut document = parse(text, path)?;
    let list = list_mut(&mut document, text, key, path)?;
    entries.iter().for_each(|entry| push(list, entry));
    Ok(document.to_string())
}

/// Removes an entry from a list, however often it stands there.
pub(crate) fn remove(text: &str, key: &str, entry: &str, path: &Path) -> Result<String, EditError> {
    let mut document = parse(text, path)?;
    let list = list_mut(&mut document, text, key, path)?;
    for entry_idx in (0..list.len()).rev() {
        if list.get(entry_idx).and_then(Value::as_str) == Some(entry) {
            take(list, entry_idx);
        }
    }
    Ok(document.to_string())
}

fn parse(text: &str, path: &Path) -> Result<DocumentMut, EditError> {
    text.parse().map_err(|error: toml_edit::TomlError| EditError::Shape {
        at: Location::of(path, text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })
}

fn list_mut<'d>(document: &'d mut DocumentMut, text: &str, key: &str, path: &Path) -> Result<&'d mut Array, EditError> {
    let section = document.entry(SECTION).or_insert_with(|| Item::Table(Table::new()));
    let list = section
        .as_table_like_mut()
        .map(|section| section.entry(key).or_insert_with(|| Item::Value(Value::Array(Array::new()))));
    list.and_then(Item::as_array_mut).ok_or_else(|| EditError::Shape {
        at: Location::of(path, text, place_of(text, key)),
        message: format!("expected `{SECTION}.{key}` to be an array of strings"),
    })
}

/// Where a key stands in a text; its start if it cannot be told.
fn place_of(text: &str, key: &str) -> usize {
    let document = Document::parse(text).ok();
    let found = document.as_ref().and_then(|document| document.get(SECTION)?.get(key)?.span());
    found.map_or(0, |span| span.start)
}

/// Appends in the layout of the entries before: on a line of its own if they have theirs. A comment behind the last
/// entry stays behind it.
fn push(list: &mut Array, entry: &str) {
    let last_idx = list.len().checked_sub(1);
    let indent = last_idx.and_then(|last_idx| indent_of(list, last_idx));
    let Some(indent) = indent else {
        list.push(entry);
        return;
    };
    // What stands between the last entry and the bracket: behind its comma, or behind itself if it has none.
    let trailing = text_of(Some(list.trailing()));
    let suffix = last_idx.and_then(|last_idx| list.get_mut(last_idx)).map(|last| {
        let suffix = text_of(last.decor().suffix());
        last.decor_mut().set_suffix("");
        suffix
    });
    let between = format!("{}{trailing}", suffix.unwrap_or_default());
    let (kept, closing) = between.rsplit_once('\n').unwrap_or((between.as_str(), ""));
    let mut value = Value::from(entry);
    value.decor_mut().set_prefix(format!("{kept}\n{indent}"));
    list.push_formatted(value);
    list.set_trailing_comma(true);
    list.set_trailing(format!("\n{closing}"));
}

/// The spaces before an entry that stands on a line of its own.
fn indent_of(list: &Array, entry_idx: usize) -> Option<String> {
    let prefix = text_of(list.get(entry_idx)?.decor().prefix());
    prefix.rsplit_once('\n').map(|(_, indent)| indent.to_owned())
}

/// Removes an entry with its own comments: those on the lines before it and the one behind it. The comment behind the
/// entry before, which TOML counts to this one, stays.
fn take(list: &mut Array, entry_idx: usize) {
    let removed = list.remove(entry_idx);
    let prefix = text_of(removed.decor().prefix());
    let Some((of_previous, _)) = prefix.split_once('\n') else {
        // On one line: the first entry takes over the space of the one that was first.
        if let Some(next) = list.get_mut(entry_idx).filter(|_| entry_idx == 0) {
            next.decor_mut().set_prefix(prefix);
        }
        return;
    };
    let rest_of = |after: &str| match after.split_once('\n') {
        Some((_, rest)) => format!("{of_previous}\n{rest}"),
        None => format!("{of_previous}\n"),
    };
    match list.get_mut(entry_idx) {
        Some(next) => {
            let rest = rest_of(&text_of(next.decor().prefix()));
            next.decor_mut().set_prefix(rest);
        }
        None => {
            let rest = rest_of(&text_of(Some(list.trailing())));
            list.set_trailing_comma(!list.is_empty());
            list.set_trailing(rest);
        }
    }
}

fn text_of(raw: Option<&RawString>) -> String {
    raw.and_then(RawString::as_str).unwrap_or_default().to_owned()
}
