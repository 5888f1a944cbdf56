//! The edits on real files: what is written, in which order, what is kept, and what is refused.

use std::collections::BTreeSet;
use std::fs;

use semver::Version;
use tempfile::TempDir;

use super::*;
use crate::bundle::digest::Digest;
use crate::bundle::trust::{Announced, Claim, Host, Judge, ManifestFault, Policy, Verdict};
use crate::config::{Origin, PluginSettings, Sourced};

const PLATFORM: &str = "x86_64-linux";

fn digest(number: u8) -> Digest {
    format!("sha256:{number:064x}").parse().unwrap()
}

fn claim(name: &str, version: &str, identifiers: &[&str], number: u8) -> Claim {
    Claim {
        path: format!("/plugins/{name}-{number}.so").into(),
        digest: digest(number),
        platform: PLATFORM.parse().unwrap(),
        is_shared_library: true,
        exports_register: true,
        needed: Vec::new(),
        runpath: Vec::new(),
        side_files: Vec::new(),
        manifest: Ok(Announced {
            name: name.to_owned(),
            version: version.parse().unwrap(),
            plugin_api: Version::new(1, 0, 0),
            identifiers: identifiers.iter().map(|identifier| (*identifier).to_owned()).collect(),
        }),
    }
}

fn fast() -> Claim {
    claim("fast", "0.1.0", &["x.explanation", "x.interval"], 1)
}

fn judge(denied: &[&str]) -> Judge {
    let denied = denied.iter().map(|entry| Sourced::new((*entry).to_owned(), Origin::Default)).collect();
    let policy = Policy::new(&PluginSettings { denied, ..PluginSettings::default() }).unwrap();
    let host = Host { platform: PLATFORM.parse().unwrap(), plugin_api: Version::new(1, 0, 0) };
    Judge::new(policy, Lock::default(), BTreeSet::from(["core.interval.legacy".to_owned()])).with_host(host)
}

fn request(target: &str) -> TrustRequest {
    TrustRequest { target: Target::parse(target).unwrap(), upgrade: false, only: false }
}

struct Desk {
    _directory: TempDir,
    files: Files,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join("ce").join(name);
        let files = Files { config: at("ce.toml"), lock: at("ce.lock") };
        Self { files, _directory: directory }
    }

    fn with(text: &str) -> Self {
        let desk = Self::new();
        fs::create_dir(desk.files.config.parent().unwrap()).unwrap();
        fs::write(&desk.files.config, text).unwrap();
        desk
    }

    fn trust(&self, target: &str, candidates: &[Claim]) -> Result<TrustedNow, EditError> {
        trust(&request(target), candidates, &judge(&[]), &self.files)
    }

    fn config(&self) -> String {
        fs::read_to_string(&self.files.config).unwrap_or_default()
    }

    fn lock(&self) -> Lock {
        Lock::read(&self.files.lock).unwrap()
    }

    /// What the host would decide now, going by what is on the disk.
    fn decide(&self, claim: Claim) -> String {
        let trusted = list::read(&self.config(), "trusted", &self.files.config).unwrap();
        let trusted = trusted.into_iter().map(|entry| Sourced::new(entry, Origin::Default)).collect();
        let policy = Policy::new(&PluginSettings { trusted, ..PluginSettings::default() }).unwrap();
        let host = judge(&[]).host().clone();
        let judge = Judge::new(policy, self.lock(), BTreeSet::new()).with_host(host);
        match judge.verdicts(&[claim]).remove(0) {
            Verdict::Trusted(standing) => standing.routable().collect::<Vec<_>>().join(" "),
            Verdict::Refused(refused) => refused.code().to_owned(),
            Verdict::Duplicate(_) => unreachable!("one claim"),
        }
    }
}

#[test]
fn trusting_makes_both_files_and_is_what_the_host_wants() {
    let desk = Desk::new();
    let done = desk.trust("x.interval", &[fast()]).unwrap();
    assert_eq!(done.outcome, TrustOutcome::Trusted);
    assert_eq!((done.name.as_str(), done.listed.len(), done.unlisted.len()), ("fast", 2, 0));
    assert_eq!(desk.config(), "[plugins]\ntrusted = [\"x.explanation\", \"x.interval\"]\n");
    assert_eq!(desk.decide(fast()), "x.explanation x.interval");

    let before = (desk.config(), desk.lock());
    let again = desk.trust("x.explanation", &[fast()]).unwrap();
    assert_eq!((again.outcome, again.listed.len()), (TrustOutcome::AlreadyTrusted, 0));
    assert_eq!((desk.config(), desk.lock()), before);
}

#[test]
fn a_bundle_can_be_named_by_digest_and_by_path() {
    for target in [format!("x.interval@{}", digest(1)), digest(1).to_string(), "/plugins/fast-1.so".to_owned()] {
        let desk = Desk::new();
        let rival = claim("rival", "1.0.0", &["x.interval"], 2);
        assert_eq!(desk.trust(&target, &[rival, fast()]).unwrap().name, "fast", "{target}");
    }
}

#[test]
fn different_bytes_that_claim_an_identifier_must_be_told_apart() {
    let desk = Desk::new();
    let rival = claim("rival", "1.0.0", &["x.interval"], 2);
    let error = desk.trust("x.interval", &[fast(), rival.clone()]).unwrap_err();
    assert_eq!(error.code(), "policy.ambiguous");
    for part in [format!("x.interval@{}", digest(1)), format!("x.interval@{}", digest(2)), "/plugins/rival-2.so".into()]
    {
        assert!(error.to_string().contains(&part), "{error}");
    }
    assert!(!desk.files.config.exists() && !desk.files.lock.exists(), "nothing was written");

    let copy = Claim { path: "/plugins/copy.so".into(), ..fast() };
    desk.trust("x.interval", &[fast(), copy]).unwrap();
    // Now that the lock knows the owner, the rival is nobody.
    assert_eq!(desk.trust("x.interval", &[rival.clone(), fast()]).unwrap().outcome, TrustOutcome::AlreadyTrusted);
    assert_eq!(desk.trust("x.interval", &[rival]).unwrap_err().code(), "trust.identifier_owned");
}

#[test]
fn another_digest_needs_an_upgrade() {
    let desk = Desk::new();
    desk.trust("x.interval", &[fast()]).unwrap();
    let before = (desk.config(), desk.lock());
    let new = claim("fast", "0.2.0", &["x.interval", "x.third"], 2);
    let error = desk.trust("x.interval", std::slice::from_ref(&new)).unwrap_err();
    assert_eq!(error.code(), "trust.digest");
    assert!(error.to_string().contains(&digest(1).to_string()) && error.to_string().contains("--upgrade"), "{error}");
    assert_eq!((desk.config(), desk.lock()), before);

    // The old file and an impostor of the same name beside it: the pin says which one is meant, an upgrade does not.
    let both = [new.clone(), fast()];
    assert_eq!(desk.trust("x.interval", &both).unwrap().outcome, TrustOutcome::AlreadyTrusted);
    let upgrade = TrustRequest { upgrade: true, ..request("x.interval") };
    let error = trust(&upgrade, &both, &judge(&[]), &desk.files).unwrap_err();
    assert_eq!(error.code(), "policy.ambiguous");

    let done = trust(&upgrade, std::slice::from_ref(&new), &judge(&[]), &desk.files).unwrap();
    let from = TrustOutcome::Upgraded { from_version: Version::new(0, 1, 0), from_digest: Some(digest(1)) };
    assert_eq!((done.outcome, done.listed), (from, vec!["x.third".to_owned()]));
    assert_eq!(desk.decide(new), "x.interval x.third");
    assert_eq!(desk.decide(fast()), "trust.digest");
}

#[test]
fn only_lists_one_identifier_and_pins_the_bundle() {
    let desk = Desk::new();
    let only = TrustRequest { only: true, ..request("x.interval") };
    let done = trust(&only, &[fast()], &judge(&[]), &desk.files).unwrap();
    assert_eq!((done.listed, done.unlisted), (vec!["x.interval".to_owned()], vec!["x.explanation".to_owned()]));
    assert_eq!(desk.decide(fast()), "x.interval");
    assert_eq!(desk.lock().owner("x.explanation"), Some("fast"), "the lock owns all of them");
    let only = TrustRequest { only: true, ..request("/plugins/fast-1.so") };
    let error = trust(&only, &[fast()], &judge(&[]), &desk.files).unwrap_err();
    assert_eq!(error.code(), "policy.only_wants_identifier");
}

#[test]
fn what_cannot_be_used_cannot_be_trusted() {
    let foreign = Claim { platform: "aarch64-macos".parse().unwrap(), ..fast() };
    let missing = Claim { manifest: Err(ManifestFault::Missing), ..fast() };
    for (target, found, denied, code) in [
        ("x.interval", foreign, &[][..], "trust.platform"),
        ("/plugins/fast-1.so", missing, &[], "trust.no_manifest"),
        ("x.interval", fast(), &["x.explanation"], "trust.denied"),
        ("x.a", claim("a", "1.0.0", &["x.a", "core.interval.legacy"], 3), &[], "trust.built_in_identifier"),
        ("x.intervall", fast(), &[], "policy.unknown"),
        ("/plugins/none.so", fast(), &[], "policy.unknown"),
    ] {
        let desk = Desk::new();
        let error = trust(&request(target), &[found], &judge(denied), &desk.files).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!desk.files.config.exists() && !desk.files.lock.exists(), "nothing was written");
    }
    let error = Desk::new().trust("x.intervall", &[fast()]).unwrap_err();
    assert!(error.to_string().contains("did you mean `x.interval`?"), "{error}");
}

#[test]
fn a_target_is_an_identifier_a_digest_or_a_path() {
    let is_path = |text: &str| matches!(Target::parse(text), Ok(Target::Path(_)));
    assert!(is_path("./x") && is_path("lib.so") && is_path("fast.dll"));
    assert!(!is_path("x.interval") && !is_path(&digest(1).to_string()));
    for wrong in ["", "x@y", "sha256:1", "x interval"] {
        assert_eq!(Target::parse(wrong).unwrap_err().code(), "policy.target", "{wrong}");
    }
}

#[test]
fn a_crash_between_the_two_files_grants_nothing() {
    // Trusting writes the lock first, untrusting the list: either way a pin without a listing is what is left.
    let desk = Desk::new();
    desk.trust("x.interval", &[fast()]).unwrap();
    fs::remove_file(&desk.files.config).unwrap();
    assert_eq!(desk.decide(fast()), "trust.unlisted");
    assert!(untrust("x.interval", &desk.files).unwrap().is_unpinned, "and it can be taken back");
    assert_eq!(desk.lock(), Lock::default());
}

#[test]
fn nothing_is_pinned_that_cannot_be_listed() {
    for (text, code) in [
        ("[plugins]\ntrusted = 3\n", "config.wrong_type"),
        ("[plugins\n", "config.syntax"),
        ("[x]\n", "config.unknown_section"),
    ] {
        let desk = Desk::with(text);
        assert_eq!(desk.trust("x.interval", &[fast()]).unwrap_err().code(), code);
        assert_eq!(deny(&Subject::Name("x.a".into()), &[], &desk.files).unwrap_err().code(), code);
        assert_eq!(desk.config(), text);
        assert!(!desk.files.lock.exists());
    }
}

#[test]
fn untrusting_the_last_identifier_takes_the_pin_back() {
    let desk = Desk::new();
    desk.trust("x.interval", &[fast()]).unwrap();
    let first = untrust("x.interval", &desk.files).unwrap();
    assert_eq!((first.is_unpinned, first.still_listed), (false, vec!["x.explanation".to_owned()]));
    assert_eq!(desk.decide(fast()), "x.explanation");
    assert_eq!(untrust("x.interval", &desk.files).unwrap_err().code(), "policy.not_trusted");

    let last = untrust("x.explanation", &desk.files).unwrap();
    assert_eq!((last.is_unpinned, last.bundle.as_deref()), (true, Some("fast")));
    assert_eq!(desk.lock(), Lock::default());
    assert_eq!(desk.config(), "[plugins]\ntrusted = []\n");
    assert_eq!(untrust("x.explanation", &desk.files).unwrap_err().code(), "policy.not_trusted");
}

#[test]
fn denying_is_written_once_and_says_whom_it_concerns() {
    let desk = Desk::new();
    let done = deny(&Subject::Name("fast".into()), &[fast()], &desk.files).unwrap();
    assert_eq!((done.is_old, done.affected.len()), (false, 1));
    assert!(deny(&Subject::Name("fast".into()), &[], &desk.files).unwrap().is_old);
    assert!(deny(&Subject::Digest(digest(7)), &[fast()], &desk.files).unwrap().affected.is_empty());
    assert_eq!(desk.config(), format!("[plugins]\ndenied = [\"fast\", \"{}\"]\n", digest(7)));
    let both = Subject::Pinned("x.interval".into(), digest(1));
    assert_eq!(deny(&both, &[], &desk.files).unwrap_err().code(), "policy.target");
}

#[test]
fn editors_at_once_lose_nothing() {
    let desk = Desk::new();
    let claims: Vec<Claim> = (1..=12).map(|n| claim(&format!("b{n}"), "1.0.0", &[&format!("x.b{n}")], n)).collect();
    std::thread::scope(|scope| {
        for number in 1..=12 {
            let (desk, claims) = (&desk, &claims);
            scope.spawn(move || {
                desk.trust(&format!("x.b{number}"), claims).unwrap();
                if number % 3 == 0 {
                    deny(&Subject::Digest(digest(100 + number)), &[], &desk.files).unwrap();
                }
            });
        }
    });
    assert_eq!(desk.lock().bundles().count(), 12);
    let lists = ["trusted", "denied"].map(|key| list::read(&desk.config(), key, &desk.files.config).unwrap().len());
    assert_eq!(lists, [12, 4]);
    for (number, claim) in (1..=12).zip(claims) {
        assert_eq!(desk.decide(claim), format!("x.b{number}"));
    }
}

mod files;
mod layout;
