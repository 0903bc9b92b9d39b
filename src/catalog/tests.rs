#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use aldo_backends::Runtime;
use insta::assert_snapshot;

use super::*;
use crate::candidate::{Candidate, Registry, Source};
use crate::capabilities::project;

/// Wraps rows into a whole file; the first row begins in line 4.
fn file(rows: &str) -> String {
    format!("apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n{rows}\n")
}

fn parse(rows: &str, trust: Trust) -> Result<Catalog, FileError> {
    let mut catalog = Catalog::default();
    catalog.parse(&file(rows), "x.yaml", trust)?;
    Ok(catalog)
}

fn faults(rows: &str) -> String {
    let error = parse(rows, Trust::Consented).unwrap_err();
    error.lines().collect::<Vec<_>>().join("\n")
}

fn found(id: &str, provider: Runtime, locality: Locality) -> Candidate {
    let profile = project(id);
    Candidate {
        id: id.to_owned(),
        provider: provider.name().to_owned(),
        locality,
        classes: vec![profile.class],
        provides: profile.capabilities,
        privacy_allowed: locality.privacy_allowed(),
        context_tokens: 8192,
        price: Price::FREE,
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source: Source::Runtime {
            runtime: provider,
            base_url: "http://127.0.0.1:1".to_owned(),
        },
    }
}

fn apply(catalog: Catalog, candidates: Vec<Candidate>, offline: bool) -> (Registry, Vec<String>) {
    let mut registry = Registry {
        candidates,
        ..Registry::default()
    };
    let addresses: BTreeMap<_, _> = Runtime::ALL
        .map(|runtime| (runtime, vec![runtime.default_urls()[0].to_owned()]))
        .into();
    let ground = Ground {
        addresses: &addresses,
        offline,
    };
    let warnings = catalog.apply(&mut registry, ground);
    (registry, warnings)
}

const CLUSTER: &str = "
- id: llama-3.3-70b
  provider: cluster
  locality: on-prem
  capabilityClasses: [reasoning-large, local-reasoning]
  provides: [tool-use, streaming]
  privacyAllowed: [public, internal]
  effectiveContextTokens: 65536
  cost: {usdPerMtokIn: 0.1, usdPerMtokOut: 0.4}
  latencyP95Ms: 900
  providerConfig:
    baseUrl: http://10.0.0.5:8000/v1
    apiKeyEnv: CLUSTER_KEY
    headers: {X-Team: blue}
    extra: {top_k: 20}";

#[test]
fn a_row_becomes_a_candidate_with_all_it_says() {
    let catalog = parse(CLUSTER, Trust::Consented).unwrap();
    let (registry, warnings) = apply(catalog, Vec::new(), false);
    assert_eq!(warnings, [""; 0]);
    let row = registry.find("llama-3.3-70b").unwrap();
    assert_snapshot!(serde_json::to_string_pretty(row).unwrap(), @r#"
        {
          "id": "llama-3.3-70b",
          "provider": "cluster",
          "locality": "on-prem",
          "classes": [
            "reasoning-large",
            "local-reasoning"
          ],
          "provides": [
            "streaming",
            "tool-use"
          ],
          "privacy_allowed": [
            "public",
            "internal"
          ],
          "context_tokens": 65536,
          "price": {
            "usd_per_mtok_in": 0.1,
            "usd_per_mtok_out": 0.4
          },
          "latency_p95_ms": 900,
          "rating": null,
          "unhealthy": false,
          "source": {
            "catalog": {
              "baseUrl": "http://10.0.0.5:8000/v1",
              "runtime": null,
              "apiKeyEnv": "CLUSTER_KEY",
              "headers": [
                "X-Team"
              ],
              "extra": {
                "top_k": 20
              }
            }
          }
        }
        "#);
}

#[test]
fn a_row_wins_over_a_discovered_model_of_its_id() {
    let catalog = parse(CLUSTER, Trust::Consented).unwrap();
    let here = found("llama-3.3-70b", Runtime::Ollama, Locality::Local);
    let (registry, _) = apply(catalog, vec![here], false);
    assert_eq!(registry.candidates.len(), 1);
    assert_eq!(registry.candidates[0].provider, "cluster");
}

#[test]
fn a_row_without_address_describes_what_was_found() {
    let rows = "- {id: x, provider: vllm, provides: [tool-use], privacyAllowed: [public], effectiveContextTokens: 4096}";
    let catalog = parse(rows, Trust::Consented).unwrap();
    let here = found("x", Runtime::Vllm, Locality::Local);
    let (registry, _) = apply(catalog, vec![here.clone()], false);
    let row = registry.find("x").unwrap();
    assert_eq!(row.source, here.source);
    assert_eq!(row.context_tokens, 4096);
    assert_eq!(row.privacy_allowed, [PrivacyTier::Public]);
    assert!(row.provides.contains(&Capability::TOOL_USE));
}

#[test]
fn a_row_of_a_runtime_is_reached_where_the_runtime_is() {
    let rows = "- {id: x, provider: mlx, providerConfig: {extra: {sampler_seed: 7}}}";
    let (registry, _) = apply(parse(rows, Trust::Consented).unwrap(), Vec::new(), false);
    let Source::Catalog(service) = &registry.find("x").unwrap().source else {
        panic!("{registry:?}")
    };
    assert_eq!(service.base_url, "http://127.0.0.1:8081");
    assert_eq!(service.extra["sampler_seed"], 7);
    // Where it was found, its address there holds.
    let here = found("x", Runtime::Mlx, Locality::Local);
    let (registry, _) = apply(parse(rows, Trust::Consented).unwrap(), vec![here], false);
    let Source::Catalog(service) = &registry.find("x").unwrap().source else {
        panic!("{registry:?}")
    };
    assert_eq!(service.base_url, "http://127.0.0.1:1");
}

#[test]
fn e04_local_is_believed_only_for_a_loopback_address() {
    for (address, locality) in [
        ("http://127.0.0.1:9", Locality::Local),
        ("http://[::1]:9", Locality::Local),
        ("http://localhost:9", Locality::Local),
        ("http://10.0.0.5:8000", Locality::Cloud),
        ("https://api.example.com", Locality::Cloud),
        ("http://127.0.0.1.evil.test", Locality::Cloud),
        ("http://localhost.evil.test", Locality::Cloud),
    ] {
        let rows = format!(
            "- {{id: x, provider: y, locality: local, cost: {{usdPerMtokIn: 0, usdPerMtokOut: 0}}, providerConfig: {{baseUrl: '{address}'}}}}"
        );
        let catalog = parse(&rows, Trust::Consented).unwrap();
        let (registry, warnings) = apply(catalog, Vec::new(), false);
        let row = registry.find("x").unwrap();
        assert_eq!(row.locality, locality, "{address}");
        let sensitive = row.privacy_allowed.contains(&PrivacyTier::Sensitive);
        assert_eq!(sensitive, locality == Locality::Local, "{address}");
        assert_eq!(warnings.is_empty(), locality == Locality::Local);
    }
}

#[test]
fn e03_a_forwarded_model_is_cloud_whatever_a_row_says() {
    let cost = "cost: {usdPerMtokIn: 0, usdPerMtokOut: 0}";
    let named = format!(
        "- {{id: 'gpt-oss:120b-cloud', provider: ollama, locality: local, {cost}, providerConfig: {{baseUrl: 'http://127.0.0.1:1'}}}}"
    );
    let alias = format!(
        "- {{id: alias, provider: ollama, locality: local, {cost}, providerConfig: {{baseUrl: 'http://127.0.0.1:1'}}}}"
    );
    let described = "- {id: alias, provider: ollama, locality: local}";
    for rows in [named.as_str(), alias.as_str(), described] {
        let catalog = parse(rows, Trust::Consented).unwrap();
        let forwarded = found("alias", Runtime::Ollama, Locality::Cloud);
        let (registry, _) = apply(catalog, vec![forwarded], false);
        let mut rows = registry.candidates.iter();
        assert!(
            rows.all(|row| row.locality == Locality::Cloud),
            "{registry:?}"
        );
    }
}

#[test]
fn g07_a_catalogue_of_a_folder_sets_no_address_key_or_header() {
    let catalog = parse(CLUSTER, Trust::Folder).unwrap();
    let (registry, warnings) = apply(catalog, Vec::new(), false);
    assert_eq!(registry.candidates, []);
    assert_snapshot!(warnings.join("\n"), @r#"
        x.yaml:15:14: `baseUrl` is ignored: what comes with a folder may only tighten
        x.yaml:16:16: `apiKeyEnv` is ignored: what comes with a folder may only tighten
        x.yaml:17:14: `headers` is ignored: what comes with a folder may only tighten
        x.yaml:18:12: `extra` is ignored: what comes with a folder may only tighten
        "#);
    assert_snapshot!(registry.unavailable[0].reason, @"`cluster` serves no such model here, and what comes with a folder sets no address");
}

#[test]
fn g07_a_catalogue_of_a_folder_only_tightens_what_was_found() {
    let rows = "- {id: x, provider: vllm, locality: local, privacyAllowed: [public, sensitive], cost: {usdPerMtokIn: 0, usdPerMtokOut: 9}, effectiveContextTokens: 999999}";
    let mut there = found("x", Runtime::Vllm, Locality::OnPrem);
    there.price.usd_per_mtok_in = 1.0;
    let (registry, warnings) = apply(parse(rows, Trust::Folder).unwrap(), vec![there], false);
    let row = registry.find("x").unwrap();
    assert_eq!(row.locality, Locality::OnPrem);
    assert_eq!(row.privacy_allowed, [PrivacyTier::Public]);
    assert_eq!(
        (row.price.usd_per_mtok_in, row.price.usd_per_mtok_out),
        (1.0, 9.0)
    );
    assert_eq!(row.context_tokens, 8192);
    assert!(warnings[0].contains("is not believed"), "{warnings:?}");
}

#[test]
fn e09_offline_only_rows_at_loopback_remain() {
    let here = "- {id: here, provider: y, providerConfig: {baseUrl: 'http://127.0.0.1:9'}}";
    let catalog = parse(&format!("{CLUSTER}\n{here}"), Trust::Consented).unwrap();
    let (registry, _) = apply(catalog, Vec::new(), true);
    let ids: Vec<_> = registry.candidates.iter().map(|row| &row.id).collect();
    assert_eq!(ids, ["here"]);
    assert!(registry.unavailable[0].reason.starts_with("offline"));
}

#[test]
fn what_is_left_out_is_told_from_the_address_and_the_id() {
    let rows = "
- {id: qwen3-4b, provider: y, providerConfig: {baseUrl: 'http://127.0.0.1:9'}}
- {id: qwen2.5-7b, provider: y, providerConfig: {baseUrl: 'http://10.0.0.5:9'}}";
    let (registry, _) = apply(parse(rows, Trust::Consented).unwrap(), Vec::new(), false);
    let here = registry.find("qwen3-4b").unwrap();
    assert_eq!(here.locality, Locality::Local);
    assert_eq!(here.privacy_allowed, PrivacyTier::ALL);
    assert_eq!(here.context_tokens, 131_072);
    assert!(here.provides.contains(&Capability::REASONING));
    let there = registry.find("qwen2.5-7b").unwrap();
    assert_eq!(there.locality, Locality::OnPrem);
}

#[test]
fn every_fault_is_found_with_its_place() {
    let rows = "
- {id: x, provider: y, providerConfig: {baseUrl: 'ftp://h'}}
- {id: x, provider: y, effectiveContextTokens: 0}
- {id: '', provider: 'a b', capabilityClass: fast-draft, capabilityClasses: [fast-draft]}
- {id: z, provider: y, capabilityClasses: []}
- {id: k, provider: y, cost: {usdPerMtokIn: -1, usdPerMtokOut: .nan}}
- id: h
  provider: y
  providerConfig:
    apiKeyEnv: sk-canary-6161
    headers: {Host: evil, 'a b': c, X-A: \"a\\nb\"}
    extra: {model: other}
- {id: free, provider: y, locality: cloud, providerConfig: {baseUrl: 'https://api.example.com/v1'}}";
    let faults = faults(rows);
    assert!(!faults.contains("canary"), "{faults}");
    assert_snapshot!(faults, @r#"
        x.yaml:5:50: `baseUrl`: `ftp://h` is not a base URL: it must begin with `http://` or `https://`
        x.yaml:6:8: `x` of `y` is here a second time
        x.yaml:6:48: expected at least 1, found `0`
        x.yaml:7:8: an `id` has 1 to 256 bytes and no control characters
        x.yaml:7:22: a `provider` has 1 to 64 letters, digits, `-`, `.` or `_`
        x.yaml:7:77: `capabilityClass` and `capabilityClasses` exclude each other
        x.yaml:8:43: a model that serves no class is never chosen
        x.yaml:9:30: expected amounts of US dollars that are not negative
        x.yaml:13:16: `apiKeyEnv` is the name of a variable, not the key
        x.yaml:14:14: `Host` is set by aldo itself
        x.yaml:14:14: the value of `X-A` is not plain text
        x.yaml:14:14: a header's name has letters, digits and `-`
        x.yaml:15:12: `extra` may not set `model`, which aldo itself sends
        x.yaml:16:8: missing key `cost`, which a model elsewhere must have
        "#);
}

#[test]
fn what_is_no_catalogue_is_refused_with_its_place() {
    let mut catalog = Catalog::default();
    let refusal = |catalog: &mut Catalog, text: &str| {
        let error = catalog.parse(text, "x.yaml", Trust::Consented).unwrap_err();
        error.lines().collect::<Vec<_>>().join("\n")
    };
    let cases = [
        "apiVersion: v9\nkind: Models\nmodels: []",
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels: []\nmodel: []",
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n- {id: x, provider: y, locality: here}",
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n- {id: x, provider: y, localty: local}",
        "",
    ];
    let all: Vec<_> = cases.map(|text| refusal(&mut catalog, text)).into();
    assert_snapshot!(all.join("\n"), @r#"
        x.yaml:1:13: unknown `apiVersion`, expected `aldo/models.v1`
        x.yaml:2:7: unknown `kind`, expected `ModelCatalog`
        x.yaml:4:1: unknown key `model`
        x.yaml:4:34: unknown word `here`, expected `local`, `on-prem` or `cloud`
        x.yaml:4:24: unknown key `localty`
        x.yaml:1:1: the file is empty or ends too early
        "#);
    let bomb = "[".repeat(200_000);
    assert!(refusal(&mut catalog, &bomb).starts_with("x.yaml:"));
}

#[test]
fn a_named_file_is_consent_also_for_the_folders_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(PROJECT_FILE);
    std::fs::write(&path, file(CLUSTER)).unwrap();
    let mut places = Places {
        config: folder.path().join("config"),
        project: folder.path().to_owned(),
        named: None,
    };
    let found = Catalog::load(&places).unwrap();
    assert_eq!(found.rows[0].config, Config::default());
    assert_eq!(found.warnings.len(), 4);
    places.named = Some(path);
    let named = Catalog::load(&places).unwrap();
    assert_eq!(named.rows.len(), 1);
    assert_eq!(
        named.rows[0].config.base_url.as_deref(),
        Some("http://10.0.0.5:8000/v1")
    );
    places.named = Some(folder.path().join("absent.yaml"));
    let error = Catalog::load(&places).unwrap_err().to_string();
    assert!(
        error.contains("absent.yaml:1:1: the file cannot be read"),
        "{error}"
    );
}
