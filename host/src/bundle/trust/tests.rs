//! The seven rules of trust, as a table of claims and what is decided about them, and as attacks.

use super::*;
use crate::bundle::side::SideFault;
use crate::config::{Origin, PluginSettings};

const PLATFORM: &str = "x86_64-linux";

fn digest(number: u8) -> Digest {
    format!("sha256:{number:064x}").parse().unwrap()
}

fn claim(name: &str, identifiers: &[&str], number: u8) -> Claim {
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
            version: Version::new(0, 1, 0),
            plugin_api: Version::new(1, 0, 0),
            identifiers: identifiers.iter().map(|identifier| (*identifier).to_owned()).collect(),
        }),
    }
}

/// The bundle that all tests are about: two plugins and a style, bytes number 1.
fn fast() -> Claim {
    claim("fast", &["x.explanation", "x.interval", "x-style"], 1)
}

/// What is written where, in words.
#[derive(Default)]
struct World {
    trusted: Vec<&'static str>,
    environment: Vec<String>,
    denied: Vec<String>,
    called: Vec<u8>,
    pinned: Vec<Claim>,
}

impl World {
    /// Pinned and listed.
    fn trusting() -> Self {
        Self { trusted: vec!["x.explanation", "x.interval"], pinned: vec![fast()], ..Self::default() }
    }

    fn environment(mut self, entry: impl Into<String>) -> Self {
        self.environment.push(entry.into());
        self
    }

    fn called(mut self, number: u8) -> Self {
        self.called.push(number);
        self
    }

    fn denied(mut self, entry: impl Into<String>) -> Self {
        self.denied.push(entry.into());
        self
    }

    fn judge(&self) -> Judge {
        let sourced = |entry: &String, origin: Origin| Sourced::new(entry.clone(), origin);
        let settings = PluginSettings {
            dirs: Vec::new(),
            trusted: self.trusted.iter().map(|entry| Sourced::new((*entry).to_owned(), Origin::Default)).collect(),
            trusted_now: self.environment.iter().map(|e| sourced(e, Origin::Environment("CE_TRUST_PLUGIN"))).collect(),
            denied: self.denied.iter().map(|e| sourced(e, Origin::Environment("CE_DENY_PLUGIN"))).collect(),
            allow_writable: false,
        };
        let policy = Policy::new(&settings).unwrap();
        let policy = self.called.iter().fold(policy, |policy, number| policy.trust_digest(digest(*number)));
        let mut lock = Lock::default();
        for claim in &self.pinned {
            let announced = claim.announced().unwrap();
            lock.pin(crate::bundle::lock::Pin {
                name: announced.name.clone(),
                version: announced.version.clone(),
                identifiers: announced.identifiers.clone(),
                platform: claim.platform.clone(),
                digest: claim.digest,
                side_files: claim.side_digests().map(|(name, digest)| (name.to_owned(), digest)).collect(),
            });
        }
        let built_ins = ["core.interval.legacy", "plot_spec.default", "builtin"].map(str::to_owned).into();
        let host = Host { platform: PLATFORM.parse().unwrap(), plugin_api: Version::new(1, 2, 0) };
        Judge::new(policy, lock, built_ins).with_host(host)
    }

    /// `trusted:<basis>`, the code of the refusal, or `duplicate`, per claim.
    fn decide(&self, claims: &[Claim]) -> Vec<String> {
        let text = |verdict| match verdict {
            Verdict::Trusted(standing) => format!("trusted:{}", standing.basis()),
            Verdict::Refused(refused) => refused.code().to_owned(),
            Verdict::Duplicate(_) => "duplicate".to_owned(),
        };
        self.judge().verdicts(claims).into_iter().map(text).collect()
    }

    fn standing(&self, claim: Claim) -> Standing {
        match self.judge().verdicts(&[claim]).remove(0) {
            Verdict::Trusted(standing) => standing,
            other => panic!("should be trusted: {other:?}"),
        }
    }

    fn refused(&self, claims: &[Claim], claim_idx: usize) -> Refused {
        match self.judge().verdicts(claims).remove(claim_idx) {
            Verdict::Refused(refused) => *refused,
            other => panic!("should be refused: {other:?}"),
        }
    }
}

fn changed(change: impl FnOnce(&mut Claim)) -> Claim {
    let mut claim = fast();
    change(&mut claim);
    claim
}

fn announcing(change: impl FnOnce(&mut Announced)) -> Claim {
    changed(|claim| change(claim.manifest.as_mut().unwrap()))
}

#[test]
fn code_is_mapped_only_if_pinned_and_listed_and_not_denied() {
    let listed_only = || World { trusted: vec!["x.interval"], ..World::default() };
    let pinned_only = || World { pinned: vec![fast()], ..World::default() };
    for (world, expected) in [
        (World::default(), "trust.unlisted"),
        (listed_only(), "trust.unpinned"),
        (pinned_only(), "trust.unlisted"),
        (World { trusted: vec!["x"], ..pinned_only() }, "trust.unlisted"),
        (World { trusted: vec!["fast"], ..pinned_only() }, "trust.unlisted"),
        (World { trusted: vec!["x-style"], ..pinned_only() }, "trusted:lock"),
        (World::trusting(), "trusted:lock"),
        (World::trusting().denied("x.interval"), "trust.denied"),
        (World::trusting().denied("x-style"), "trust.denied"),
        (World::trusting().denied("fast"), "trust.denied"),
        (World::trusting().denied(digest(1).to_string()), "trust.denied"),
        (World::trusting().denied(digest(2).to_string()), "trusted:lock"),
        (World::trusting().denied("X.interval").denied("x"), "trusted:lock"),
    ] {
        assert_eq!(world.decide(&[fast()]), [expected], "{:?} {:?}", world.trusted, world.denied);
    }
}

#[test]
fn grants_for_one_process_stand_in_for_listing_and_pin_and_say_so() {
    for (world, expected) in [
        (World::default().environment("x.interval"), "trusted:environment"),
        (World::default().environment("x-style"), "trusted:environment"),
        (World::default().environment(format!("x.interval@{}", digest(1))), "trusted:environment"),
        (World::default().environment(digest(1).to_string()), "trusted:environment"),
        (World::default().called(1), "trusted:call"),
        (World::default().called(1).environment("x.interval"), "trusted:call"),
        (World::trusting().called(1).environment("x.interval"), "trusted:lock"),
        (World::default().environment("x"), "trust.unlisted"),
        (World::default().environment("fast"), "trust.unlisted"),
        (World::default().environment(format!("x.interval@{}", digest(2))), "trust.unlisted"),
        (World::default().environment(format!("y.other@{}", digest(1))), "trust.unlisted"),
        (World::default().environment(digest(2).to_string()), "trust.unlisted"),
        (World::default().called(2), "trust.unlisted"),
    ] {
        assert_eq!(world.decide(&[fast()]), [expected], "{:?} {:?}", world.environment, world.called);
    }
}

#[test]
fn no_grant_beats_a_denial_or_a_pin_that_differs() {
    let grants = || World::trusting().called(2).environment("x.interval").environment(digest(2).to_string());
    let other_bytes = changed(|claim| claim.digest = digest(2));
    assert_eq!(grants().decide(std::slice::from_ref(&other_bytes)), ["trust.digest"]);
    let unpinned = World { pinned: Vec::new(), ..grants() };
    assert_eq!(unpinned.decide(std::slice::from_ref(&other_bytes)), ["trusted:call"]);
    assert_eq!(World { pinned: Vec::new(), ..grants().denied("x-style") }.decide(&[other_bytes]), ["trust.denied"]);
}

#[test]
fn one_version_is_pinned_for_all_platforms() {
    let elsewhere = changed(|claim| claim.platform = "aarch64-macos".parse().unwrap());
    let world = |grant: u8| World { pinned: vec![elsewhere.clone()], ..World::trusting() }.called(grant);
    let same = changed(|claim| claim.digest = digest(2));
    assert_eq!(world(9).decide(std::slice::from_ref(&same)), ["trust.unpinned"]);
    assert_eq!(world(2).decide(&[same]), ["trusted:call"]);
    let newer = announcing(|announced| announced.version = Version::new(0, 2, 0));
    assert_eq!(world(1).decide(&[newer]), ["trust.version"]);
}

fn also(identifier: &str) -> BTreeSet<String> {
    ["x.interval".to_owned(), identifier.to_owned()].into()
}

#[test]
fn what_is_of_no_use_here_is_refused_however_trusted() {
    for (claim, expected) in [
        (changed(|claim| claim.is_shared_library = false), "trust.not_a_library"),
        (changed(|claim| claim.manifest = Err(ManifestFault::Missing)), "trust.no_manifest"),
        (changed(|claim| claim.manifest = Err(ManifestFault::SchemaVersion("2".into()))), "trust.schema_version"),
        (changed(|claim| claim.manifest = Err(ManifestFault::Invalid("x".into()))), "trust.manifest"),
        (changed(|claim| claim.platform = "aarch64-linux".parse().unwrap()), "trust.platform"),
        (announcing(|announced| announced.plugin_api = Version::new(1, 3, 0)), "trust.plugin_api"),
        (announcing(|announced| announced.plugin_api = Version::new(2, 0, 0)), "trust.plugin_api"),
        (announcing(|announced| announced.plugin_api = Version::new(0, 9, 0)), "trust.plugin_api"),
        (changed(|claim| claim.exports_register = false), "trust.no_register"),
        (changed(|claim| claim.needed = vec!["libevil.so".into()]), "trust.needs_library"),
        (changed(|claim| claim.runpath = vec!["$ORIGIN".into()]), "trust.runpath"),
        (announcing(|announced| announced.identifiers = also("core.interval.legacy")), "trust.built_in_identifier"),
        (announcing(|announced| announced.identifiers = also("plot_spec.default")), "trust.built_in_identifier"),
        (announcing(|announced| announced.name = "builtin".into()), "trust.built_in_identifier"),
    ] {
        let world = World::trusting().called(1).environment(digest(1).to_string());
        assert_eq!(world.decide(std::slice::from_ref(&claim)), [expected]);
        let refused = world.refused(std::slice::from_ref(&claim), 0);
        assert!(!refused.remedy().is_empty() && !refused.reason.to_string().is_empty(), "{refused}");
        // A denial is told first: it is the one reason that somebody chose.
        assert_eq!(World::trusting().denied(digest(1).to_string()).decide(&[claim]), ["trust.denied"]);
    }
}

/// The bundle with a library of its own, bytes number 11, which needs another, bytes number 12.
fn with_side_files() -> Claim {
    let side = |name: &str, number| SideClaim { name: name.to_owned(), found: Ok(digest(number)) };
    changed(|claim| {
        claim.needed = vec!["libown.so.1".into()];
        claim.side_files = vec![side("libdeep.so", 12), side("libown.so.1", 11)];
        claim.runpath = vec!["$ORIGIN".into()];
    })
}

fn with_side(change: impl FnOnce(&mut Vec<SideClaim>)) -> Claim {
    let mut claim = with_side_files();
    change(&mut claim.side_files);
    claim
}

#[test]
fn a_library_of_its_own_must_be_the_pinned_one() {
    let world = || World { pinned: vec![with_side_files()], ..World::trusting() };
    let other = with_side(|side| side[0].found = Ok(digest(13)));
    let more = with_side(|side| side.push(SideClaim { name: "libmore.so".into(), found: Ok(digest(13)) }));
    for (world, claim, expected) in [
        (world(), with_side_files(), "trusted:lock"),
        (world(), other.clone(), "trust.side_file_digest"),
        (world().called(13).environment(digest(1).to_string()), other.clone(), "trust.side_file_digest"),
        (world(), with_side(|side| side.truncate(1)), "trust.needs_library"),
        (world(), with_side(|side| side[0].found = Err(SideFault::Missing)), "trust.needs_library"),
        (world(), with_side(|side| side[0].found = Err(SideFault::Soname(None))), "trust.side_file"),
        (world(), more, "trust.side_file_unpinned"),
        (world().denied(digest(12).to_string()), with_side_files(), "trust.denied"),
        // The bundle is pinned, as it was before it had libraries; and it is not pinned at all.
        (World::trusting(), with_side_files(), "trust.side_file_unpinned"),
        (World { pinned: Vec::new(), ..World::trusting() }, with_side_files(), "trust.unpinned"),
        (World::default(), with_side_files(), "trust.unlisted"),
    ] {
        assert_eq!(world.decide(std::slice::from_ref(&claim)), [expected]);
    }
    let text = world().refused(&[other], 0).to_string();
    for part in ["`libdeep.so`", &digest(12).to_string(), &digest(13).to_string(), "--upgrade"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn a_grant_for_one_process_speaks_for_the_bytes_that_it_names() {
    assert_eq!(World::default().called(1).decide(&[with_side_files()]), ["trust.side_file_unpinned"]);
    assert_eq!(World::default().called(1).called(11).decide(&[with_side_files()]), ["trust.side_file_unpinned"]);
    let all = World::default().called(1).called(11).environment(digest(12).to_string());
    assert_eq!(all.decide(&[with_side_files()]), ["trusted:call"]);
    assert!(all.judge().idle(&[&with_side_files()]).is_empty(), "the digest of a library matches something");
}

#[test]
fn an_unlisted_sibling_is_loaded_and_not_routable() {
    let standing = World { trusted: vec!["x.interval"], ..World::trusting() }.standing(fast());
    assert_eq!(standing.routable().collect::<Vec<_>>(), ["x.interval"]);
    assert_eq!(standing.unlisted().collect::<Vec<_>>(), ["x-style", "x.explanation"]);
    assert!(!standing.is_routable("x-style") && !standing.is_routable("unknown"));
}

#[test]
fn each_identifier_knows_what_its_trust_rests_on() {
    let world = World { trusted: vec!["x.interval"], ..World::trusting() }.environment("x-style");
    let standing = world.standing(fast());
    assert_eq!(standing.basis(), Basis::Lock);
    assert_eq!(standing.basis_of("x.interval"), Some(Basis::Lock));
    assert_eq!(standing.basis_of("x-style"), Some(Basis::Environment));
    assert_eq!(standing.basis_of("x.explanation"), None);

    let by_digest = World::default().called(1).standing(fast());
    assert_eq!(by_digest.routable().count(), 3, "bytes were granted, so all of them");
    let by_name = World { trusted: vec!["x-style"], ..World::default() }.environment("x.interval").standing(fast());
    assert_eq!(by_name.routable().collect::<Vec<_>>(), ["x-style", "x.interval"]);
    assert_eq!(by_name.basis_of("x-style"), Some(Basis::Environment), "nothing is pinned");
}

#[test]
fn another_digest_is_refused_with_both_and_the_command() {
    let refused = World::trusting().refused(&[changed(|claim| claim.digest = digest(2))], 0);
    let text = refused.to_string();
    for part in [&digest(1).to_string(), &digest(2).to_string(), "ce trust /plugins/fast-1.so --upgrade"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn a_bundle_that_takes_a_trusted_name_is_another_digest() {
    let impostor = claim("fast", &["y.other"], 2);
    assert_eq!(World::trusting().decide(&[fast(), impostor]), ["trusted:lock", "trust.digest"]);
}

#[test]
fn a_bundle_that_takes_a_trusted_identifier_is_refused_whatever_grants_it() {
    let thief = claim("evil", &["x.interval", "y.other"], 2);
    let world = World::trusting().called(2).environment("x.interval").environment("y.other");
    assert_eq!(world.decide(&[thief.clone(), fast()]), ["trust.identifier_owned", "trusted:lock"]);
    // Also while the owner's file is away, and for an identifier of the owner that is not listed.
    assert_eq!(world.decide(&[thief]), ["trust.identifier_owned"]);
    assert_eq!(world.decide(&[claim("evil", &["x-style"], 2)]), ["trust.identifier_owned"]);
}

#[test]
fn a_name_granted_to_whoever_claims_it_must_be_claimed_once() {
    let rival = claim("rival", &["x.interval"], 2);
    let world = World::default().environment("x.interval");
    let both = [fast(), rival.clone()];
    assert_eq!(world.decide(&both), ["trust.ambiguous", "trust.ambiguous"]);
    let refused = world.refused(&both, 0);
    assert!(refused.remedy().contains(&format!("x.interval@{}", digest(1))), "{refused}");
    assert!(refused.to_string().contains("/plugins/rival-2.so"), "{refused}");

    // A rival that could not be used still makes it unclear who was meant; one that somebody ruled out does not.
    let broken = Claim { runpath: vec!["/lib".into()], ..rival.clone() };
    assert_eq!(world.decide(&[fast(), broken]), ["trust.ambiguous", "trust.runpath"]);
    let foreign = Claim { platform: "aarch64-macos".parse().unwrap(), ..rival.clone() };
    assert_eq!(world.decide(&[fast(), foreign]), ["trusted:environment", "trust.platform"]);
    let denying = World::default().environment("x.interval").denied(digest(2).to_string());
    assert_eq!(denying.decide(&both), ["trusted:environment", "trust.denied"]);
    let exact = World::default().environment(format!("x.interval@{}", digest(1)));
    assert_eq!(exact.decide(&both), ["trusted:environment", "trust.unlisted"]);
    let pinned = World { pinned: vec![fast()], ..World::default() }.environment("x.interval");
    assert_eq!(pinned.decide(&both), ["trusted:environment", "trust.identifier_owned"]);
    let impostor = claim("fast", &["x.interval"], 2);
    assert_eq!(pinned.decide(&[fast(), impostor]), ["trusted:environment", "trust.digest"]);
}

#[test]
fn two_granted_bundles_cannot_claim_the_same() {
    let world = World::default().called(1).called(2);
    for rival in [claim("rival", &["x.interval"], 2), claim("fast", &["y.other"], 2)] {
        assert_eq!(world.decide(&[fast(), rival.clone()]), ["trust.ambiguous", "trust.ambiguous"]);
        assert_eq!(world.decide(std::slice::from_ref(&rival)), ["trusted:call"]);
        assert!(world.refused(&[fast(), rival], 0).remedy().len() > 3);
    }
    let peaceful = claim("rival", &["y.other"], 2);
    assert_eq!(world.decide(&[fast(), peaceful]), ["trusted:call", "trusted:call"]);
}

#[test]
fn against_the_lock_a_grant_gives_way() {
    // As after editing ce.lock by hand: the pinned bundle claims more than the lock has on record.
    let recorded = announcing(|announced| announced.identifiers.retain(|identifier| identifier != "x-style"));
    let world = World { pinned: vec![recorded], ..World::trusting() }.called(2);
    let rival = claim("rival", &["x-style"], 2);
    assert_eq!(world.decide(&[fast(), rival]), ["trusted:lock", "trust.ambiguous"]);
}

#[test]
fn the_same_bytes_twice_are_judged_once() {
    let copy = Claim { path: "/other/copy.so".into(), ..fast() };
    assert_eq!(World::trusting().decide(&[fast(), copy.clone()]), ["trusted:lock", "duplicate"]);
    assert_eq!(
        World::default().environment("x.interval").decide(&[copy, fast()]),
        ["trusted:environment", "duplicate"]
    );
    assert_eq!(World::default().decide(&[fast(), fast()]), ["trust.unlisted", "duplicate"]);
}

#[test]
fn listing_an_identifier_never_covers_the_siblings_of_another_bundle() {
    // A manifest that adds a trusted identifier to its own, while the true bundle is neither pinned nor there.
    let world = World { trusted: vec!["x.interval"], ..World::default() };
    assert_eq!(world.decide(&[claim("evil", &["x.interval", "evil.plugin"], 2)]), ["trust.unpinned"]);
}

#[test]
fn a_built_in_can_be_denied() {
    let judge = World::default().denied("core.interval.legacy").judge();
    assert!(judge.denies("core.interval.legacy"));
    assert!(!judge.denies("core.interval"));
    assert_eq!(judge.denial_of("core.interval.legacy").unwrap().origin.to_string(), "CE_DENY_PLUGIN");
}

#[test]
fn an_entry_that_can_match_nothing_is_an_error() {
    let entry = |entry: &str| vec![Sourced::new(entry.to_owned(), Origin::Environment("CE_DENY_PLUGIN"))];
    for wrong in
        ["sha256:12", "x.interval@", "x.interval@sha256:12", "@", "x interval", "а.b", &format!("@{}", digest(1))]
    {
        let granted = PluginSettings { trusted_now: entry(wrong), ..PluginSettings::default() };
        assert_eq!(Policy::new(&granted).unwrap_err().code(), "policy.entry", "{wrong}");
        let denied = PluginSettings { denied: entry(wrong), ..PluginSettings::default() };
        let error = Policy::new(&denied).unwrap_err();
        assert_eq!(error.code(), "policy.entry", "{wrong}");
        assert!(error.to_string().starts_with("CE_DENY_PLUGIN: "), "{error}");
    }
    let pinned = PluginSettings { denied: entry(&format!("a.b@{}", digest(1))), ..PluginSettings::default() };
    assert_eq!(Policy::new(&pinned).unwrap_err().code(), "policy.deny_pinned");
}

#[test]
fn an_entry_that_matches_nothing_is_told_with_the_nearest_name() {
    let world = World::trusting().denied("x.intervall").denied("fast").denied(digest(9).to_string());
    let judge = world.environment("x.interval").environment("y.nothing").judge();
    let idle: Vec<String> = judge.idle(&[&fast()]).iter().map(ToString::to_string).collect();
    assert_eq!(idle.len(), 3, "{idle:?}");
    assert!(idle[0].contains("`x.intervall` from CE_DENY_PLUGIN") && idle[0].contains("did you mean `x.interval`?"));
    assert!(idle[1].contains(&digest(9).to_string()) && !idle[1].contains("did you mean"));
    assert!(idle[2].contains("`y.nothing` from CE_TRUST_PLUGIN"));
}
