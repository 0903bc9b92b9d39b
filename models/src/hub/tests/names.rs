//! F4: names that lead out of the cache.

use serde_json::json;

use super::*;

fn long() -> String {
    "x".repeat(300)
}

#[test]
fn f04_file_names_that_climb() {
    let file = held(1000);
    let names = [
        "../evil.gguf",
        "../../../canary",
        "/tmp/aldo-evil.gguf",
        "a\\..\\evil.gguf",
        "c:evil.gguf",
        "a\0b.gguf",
        "..",
        &long(),
    ];
    for name in names {
        let place = Place::new();
        let evil = Held {
            name: name.to_owned(),
            ..file.clone()
        };
        let server = hub::serve(vec![evil, file.clone()]);
        place.pull(&server).unwrap();
        assert_eq!(place.files(), whole(&file), "{name:?}");
        place.nothing_beside();
        assert!(!Path::new("/tmp/aldo-evil.gguf").exists());
    }
}

#[test]
fn f04_commits_that_climb() {
    let file = held(1000);
    for commit in [
        "../../../x",
        "/tmp/x",
        "..",
        "main",
        "a\\b",
        &long(),
        &"0".repeat(39),
    ] {
        let place = Place::new();
        let mut description = hub::description(std::slice::from_ref(&file));
        description["sha"] = json!(commit);
        let server = RawServer::always(raw_server::json(200, &description));
        let error = place.pull(&server).unwrap_err();
        assert!(
            matches!(error, HubError::BadListing { .. }),
            "{commit:?}: {error}"
        );
        assert_eq!(place.files(), Vec::<String>::new());
        place.nothing_beside();
    }
}

#[test]
fn f04_digests_and_etags_that_climb() {
    let file = held(1000);
    for digest in ["../../../canary", "/etc/passwd", "..", &long()] {
        let place = Place::new();
        let mut evil = hub::description(std::slice::from_ref(&file));
        evil["siblings"][0]["lfs"]["sha256"] = json!(digest);
        let server = RawServer::always(raw_server::json(200, &evil));
        assert!(
            matches!(place.pull(&server), Err(HubError::NoChoice { .. })),
            "{digest:?}"
        );
        place.nothing_beside();
        let place = Place::new();
        let evil = Held {
            digest: digest.to_owned(),
            ..file.clone()
        };
        let server = lying(&file, move |request, _| Some(hub::part(&evil, request)));
        place.pull(&server).unwrap();
        assert_eq!(place.files(), whole(&file), "{digest:?}");
        place.nothing_beside();
    }
}

#[test]
fn f04_one_name_twice_is_refused() {
    let (place, file) = (Place::new(), held(1000));
    let server = hub::serve(vec![file.clone(), file]);
    assert!(matches!(
        place.pull(&server),
        Err(HubError::BadListing { .. })
    ));
}

#[test]
fn f04_a_file_in_a_folder_is_linked_from_there() {
    let place = Place::new();
    let file = Held {
        name: "Q8/tiny-Q8_0.gguf".to_owned(),
        ..held(1000)
    };
    let pulled = place.pull(&hub::serve(vec![file.clone()])).unwrap();
    assert!(pulled.path.ends_with("Q8/tiny-Q8_0.gguf"));
    assert_eq!(fs::read(&pulled.path).unwrap(), file.bytes);
}
