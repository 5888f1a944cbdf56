//! The SHA-256 of a file's bytes: what is pinned, compared and shown. It never reads a file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256, written as `sha256:` and 64 lower-case hexadecimal digits.
///
/// # Examples
/// ```
/// use ce_host::bundle::digest::Digest;
///
/// let digest = Digest::of(b"abc");
/// assert_eq!(digest.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a digest, `sha256:` and 64 hexadecimal digits, found `{found}`: copy it whole, as `ce` prints it")]
pub struct DigestError {
    /// The start of the text, escaped.
    found: String,
}

impl DigestError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "digest.syntax"
    }
}

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Its bytes, in the order in which they are written.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The digest that is written so.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// The digest of what was hashed piece by piece.
impl From<Sha256> for Digest {
    fn from(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// As it is displayed: 32 numbers help nobody.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        parse(text)
            .map(Self)
            .ok_or_else(|| DigestError { found: text.chars().take(80).flat_map(char::escape_debug).collect() })
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("sha256:")?.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? << 4 | low?).ok()?;
    }
    Some(bytes)
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_file_has_its_well_known_digest() {
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), text);
        assert_eq!(text.parse(), Ok(Digest::of(b"")));
        assert_eq!(format!("{:?}", Digest::of(b"")), text);
    }

    #[test]
    fn upper_case_digits_are_the_same_digest() {
        let digest = Digest::of(b"abc");
        let upper = digest.to_string().to_uppercase().replace("SHA256", "sha256");
        assert_eq!(upper.parse(), Ok(digest));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let text = Digest::of(b"abc").to_string();
        let hex = &text["sha256:".len()..];
        let non_ascii = format!("sha256:{}é", &hex[..62]);
        for bad in ["", "sha256:", hex, &text[..70], &format!("{text}0"), &text.replace('b', "g"), &non_ascii] {
            assert_eq!(bad.parse::<Digest>().map_err(|error| error.code()), Err("digest.syntax"), "{bad}");
        }
    }

    #[test]
    fn a_digest_is_a_text_in_files() {
        let digest = Digest::of(b"abc");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json, format!("\"{digest}\""));
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    }
}
