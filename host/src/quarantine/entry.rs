//! What is known of one bundle that misbehaved, and for how long that holds it back. It never reads a clock.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bundle::Digest;

/// The version of this host.
pub const HOST_VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long the first incident holds a bundle back. Each further one doubles it.
const BACK_OFF_FIRST: Duration = Duration::from_secs(60);

/// No incident holds a bundle back for longer.
const BACK_OFF_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How long an entry is kept that holds nothing any more.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The last day that can be written with a year of four digits, less what is ever added to a time.
const SECONDS_MAX: u64 = 253_370_764_800;

/// What is known of one bundle under one version of the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The bundle's bytes.
    pub digest: Digest,
    /// The version of the host that recorded it. Another one does not hold the bundle.
    pub host_version: String,
    /// The bundle's name; none if only a journal told of it and the bundle was gone.
    #[serde(default)]
    pub bundle: Option<String>,
    /// The bundle's file, where it was last.
    #[serde(default)]
    pub path: Option<String>,
    /// The code of the last incident; none while the bundle is only suspected.
    #[serde(default)]
    pub reason: Option<String>,
    /// The last incident or suspicion in words.
    #[serde(default)]
    pub detail: Option<String>,
    /// The number of incidents.
    #[serde(default)]
    pub count: u32,
    /// The number of hosts that died inside of its calls.
    #[serde(default)]
    pub suspected: u32,
    /// When it was recorded first.
    #[serde(with = "rfc3339")]
    pub first: SystemTime,
    /// The last incident; the last suspicion while there was none.
    #[serde(with = "rfc3339")]
    pub last: SystemTime,
    /// Until when it is held back; none while it is only suspected.
    #[serde(default, with = "rfc3339::optional")]
    pub until: Option<SystemTime>,
    /// What a later minor version of the format added: kept as it is.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// What an entry means at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The bundle is held back.
    Held,
    /// The bundle may be used again. So it may if its incident lies in the future: the clock was wrong, then or now.
    Lapsed,
    /// A host died inside of its call, once.
    Suspected,
    /// Recorded by another version of the host, which alone holds the bundle back.
    OtherHost,
}

impl Entry {
    pub(super) fn new(digest: Digest, now: SystemTime) -> Self {
        Self {
            digest,
            host_version: HOST_VERSION.to_owned(),
            bundle: None,
            path: None,
            reason: None,
            detail: None,
            count: 0,
            suspected: 0,
            first: now,
            last: now,
            until: None,
            unknown: Map::new(),
        }
    }

    /// What the entry means at that moment.
    #[must_use]
    pub fn state(&self, now: SystemTime) -> State {
        match self.end() {
            _ if self.host_version != HOST_VERSION => State::OtherHost,
            None => State::Suspected,
            Some(end) if self.last <= now && now < end => State::Held,
            Some(_) => State::Lapsed,
        }
    }

    /// Why the bundle is or was held back, in words.
    #[must_use]
    pub fn why(&self) -> String {
        let reason = self.reason.as_deref().unwrap_or("suspected");
        let detail = self.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        match self.end() {
            Some(end) => {
                let times =
                    if self.count == 1 { "one incident".to_owned() } else { format!("{} incidents", self.count) };
                format!("held back until {} after {times}, the last one {reason}{detail}", rfc3339::text(end))
            }
            None => format!("{reason}{detail}"),
        }
    }

    /// What would end it.
    #[must_use]
    pub fn remedy(&self) -> String {
        format!("wait, install a build that is mended, or run `ce quarantine release {}`", self.digest)
    }

    /// Counts an incident.
    pub(super) fn count(&mut self, now: SystemTime, reason: &str, detail: String) {
        self.count = self.count.saturating_add(1);
        self.reason = Some(reason.to_owned());
        self.detail = Some(detail);
        self.last = now;
        self.until = now.checked_add(back_off(self.count));
    }

    /// Takes what lies in the future for what happens now: so it holds no longer than its back-off, whatever the clock
    /// said.
    pub(super) fn settle(&mut self, now: SystemTime) {
        self.first = self.first.min(now);
        if self.last > now {
            self.last = now;
            self.until = self.until.and_then(|_| now.checked_add(back_off(self.count)));
        }
    }

    /// Whether there is nothing left to be learned from it.
    pub(super) fn is_stale(&self, now: SystemTime) -> bool {
        now.duration_since(self.end().unwrap_or(self.last)).is_ok_and(|age| age > KEPT)
    }

    /// When the back-off ends, whatever else was written into the file by hand.
    pub(super) fn end(&self) -> Option<SystemTime> {
        let end = self.last.checked_add(back_off(self.count)).filter(|_| self.count > 0)?;
        Some(self.until.map_or(end, |until| until.min(end)))
    }
}

/// How long the last of so many incidents holds: one minute, then twice as long each time, at most a day.
fn back_off(count: u32) -> Duration {
    let doubled = count.saturating_sub(1).min(16);
    BACK_OFF_FIRST.saturating_mul(1 << doubled).min(BACK_OFF_MAX)
}

/// The time as files keep it: whole seconds, from 1970 on, with a year of four digits.
pub(super) fn storable(time: SystemTime) -> SystemTime {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(SECONDS_MAX))
}

pub(crate) mod rfc3339 {
    //! Times as texts of RFC 3339, in UTC.

    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::storable;

    /// The text of a time.
    pub(crate) fn text(time: SystemTime) -> String {
        humantime::format_rfc3339_seconds(storable(time)).to_string()
    }

    pub(super) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(*time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        parse(&String::deserialize(deserializer)?)
    }

    fn parse<E: Error>(text: &str) -> Result<SystemTime, E> {
        let malformed = |_| E::custom(format!("expected a time such as 2026-01-31T12:00:00Z, found {text:?}"));
        humantime::parse_rfc3339(text).map(storable).map_err(malformed)
    }

    pub(super) mod optional {
        //! Times that may be missing.

        use std::time::SystemTime;

        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub(in super::super) fn serialize<S: Serializer>(
            time: &Option<SystemTime>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            time.map(super::text).serialize(serializer)
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<SystemTime>, D::Error> {
            Option::<String>::deserialize(deserializer)?.map(|text| super::parse(&text)).transpose()
        }
    }
}
