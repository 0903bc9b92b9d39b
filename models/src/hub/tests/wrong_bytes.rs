//! F1: the bytes are not those that were announced.

use super::*;

fn refused(error: &HubError) -> (String, String) {
    match error {
        HubError::Mismatch {
            expected, found, ..
        } => (expected.clone(), found.clone()),
        other => panic!("{other}"),
    }
}

#[test]
fn f01_a_wrong_digest_leaves_no_file() {
    let (place, file) = (Place::new(), held(300_000));
    let mut forged = file.clone();
    forged.bytes[200_000] ^= 1;
    let server = lying(&file, move |request, _| Some(hub::part(&forged, request)));
    let error = place.pull(&server).unwrap_err();
    let (expected, found) = refused(&error);
    assert_eq!(expected, file.digest);
    assert!(found.len() == 64 && found != expected, "{error}");
    assert!(
        error.to_string().contains(&expected) && error.to_string().contains(&found),
        "{error}"
    );
    assert_eq!(place.files(), Vec::<String>::new());
}

#[test]
fn f01_a_small_file_is_checked_by_gits_digest() {
    let place = Place::new();
    let bytes = b"{\"model_type\": \"llama\"}".to_vec();
    let mut fingerprint = BlobId::new(&"0".repeat(40))
        .unwrap()
        .fingerprint(bytes.len() as u64);
    fingerprint.update(&bytes);
    let config = Held {
        name: "config.json".to_owned(),
        digest: fingerprint.finish().to_string(),
        bytes,
    };
    let weights = Held {
        name: "model.safetensors".to_owned(),
        ..held(1000)
    };
    let files = vec![config.clone(), weights.clone()];
    let pulled = place.pull(&hub::serve(files.clone())).unwrap();
    assert_eq!(
        fs::read(pulled.path.join("config.json")).unwrap(),
        config.bytes
    );
    let place = Place::new();
    let mut forged = files.clone();
    forged[0].bytes[3] ^= 1;
    let server = RawServer::start(move |request| match hub::asked(request, &files) {
        Some(_) => hub::polite(request, &forged),
        None => hub::polite(request, &files),
    });
    assert_eq!(refused(&place.pull(&server).unwrap_err()).0, config.digest);
    assert_eq!(place.files(), Vec::<String>::new());
}

#[test]
fn f01_another_length_is_refused_before_its_bytes() {
    let file = held(300_000);
    for wrong in [299_999, 300_001, 0, 10_000_000] {
        let place = Place::new();
        let other = held(wrong);
        let server = lying(&file, move |_, _| {
            Some(raw_server::reply(200, "", &other.bytes))
        });
        let (expected, found) = refused(&place.pull(&server).unwrap_err());
        assert_eq!(
            (expected, found),
            ("300000 bytes".to_owned(), format!("{wrong} bytes"))
        );
        assert!(
            !place
                .files()
                .iter()
                .any(|name| !name.ends_with(".incomplete"))
        );
    }
}

#[test]
fn f01_more_bytes_than_announced_never_become_a_file() {
    let (place, file) = (Place::new(), held(300_000));
    let mut long = file.bytes.clone();
    long.extend(b"more");
    let server = lying(&file, move |_, _| {
        let mut reply = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        reply.extend(&long);
        Some(vec![Act::Send(reply)])
    });
    match place.pull(&server) {
        // What follows the file's end may come too late to be seen.
        Ok(pulled) => assert_eq!(fs::read(pulled.path).unwrap(), file.bytes),
        Err(error) => assert_eq!(refused(&error).1, "more"),
    }
}

#[test]
fn f01_fewer_bytes_than_announced_are_gone_on_from() {
    let (place, file) = (Place::new(), held(300_000));
    let cut = file.clone();
    let server = lying(&file, move |request, _| {
        let (first, last) = hub::asked_range(request).unwrap();
        let mut reply = hub::part_head(&cut, first, last);
        reply.extend(&cut.bytes[first..=last.min(first + 99_999)]);
        Some(vec![Act::Send(reply)])
    });
    let pulled = place.pull(&server).unwrap();
    assert_eq!(pulled.files[0].1, 300_000);
    assert_eq!(place.files(), whole(&file));
    let starts: Vec<_> = server
        .received()
        .iter()
        .filter_map(hub::asked_range)
        .map(|(first, _)| first)
        .collect();
    assert_eq!(starts, [0, 100_000, 200_000]);
}
