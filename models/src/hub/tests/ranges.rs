//! F2: parts, redirects and drops.

use super::*;

/// Puts the beginning of the file there, as an earlier process left it.
fn begun(place: &Place, file: &Held, bytes: &[u8]) {
    fs::write(place.incomplete(&file.digest), bytes).unwrap();
}

fn moved(to: &str) -> Vec<Act> {
    raw_server::reply(302, &format!("Location: {to}\r\n"), b"")
}

#[test]
fn f02_a_wrong_part_is_never_joined() {
    let file = held(300_000);
    for range in [
        "bytes 0-199999/300000",
        "bytes 100001-299999/300000",
        "bytes 100000-300000/300000",
        "bytes */300000",
        "",
    ] {
        let place = Place::new();
        begun(&place, &file, &file.bytes[..100_000]);
        let liar = file.clone();
        let server = lying(&file, move |_, before| {
            let line = if range.is_empty() {
                String::new()
            } else {
                format!("Content-Range: {range}\r\n")
            };
            (before == 0).then(|| raw_server::reply(206, &line, &liar.bytes[..200_000]))
        });
        place.pull(&server).unwrap();
        assert_eq!(place.files(), whole(&file), "{range}");
    }
}

#[test]
fn f02_a_part_of_another_file_is_refused() {
    let (place, file) = (Place::new(), held(300_000));
    let liar = file.clone();
    let server = lying(&file, move |_, _| {
        Some(raw_server::reply(
            206,
            "Content-Range: bytes 0-299999/300001\r\n",
            &liar.bytes,
        ))
    });
    assert!(matches!(
        place.pull(&server),
        Err(HubError::Mismatch { .. })
    ));
}

#[test]
fn f02_a_whole_file_to_a_range_begins_again() {
    let (place, file) = (Place::new(), held(300_000));
    begun(&place, &file, &file.bytes[..100_000]);
    let whole_file = file.clone();
    let server = lying(&file, move |_, _| {
        Some(raw_server::reply(200, "", &whole_file.bytes))
    });
    let pulled = place.pull(&server).unwrap();
    assert_eq!(pulled.files[0].1, 300_000);
    assert_eq!(place.files(), whole(&file));
}

#[test]
fn f02_a_range_that_cannot_be_had_begins_again() {
    let (place, file) = (Place::new(), held(300_000));
    begun(&place, &file, &file.bytes[..100_000]);
    let server = lying(&file, |_, before| {
        (before == 0).then(|| raw_server::reply(416, "", b""))
    });
    place.pull(&server).unwrap();
    assert_eq!(place.files(), whole(&file));
    let place = Place::new();
    let server = lying(&file, |_, _| Some(raw_server::reply(416, "", b"")));
    assert!(matches!(
        place.pull(&server),
        Err(HubError::Unreachable { .. })
    ));
}

#[test]
fn f02_what_an_earlier_process_left_wrong_is_fetched_anew() {
    let (place, file) = (Place::new(), held(300_000));
    begun(&place, &file, &vec![7; 150_000]);
    let pulled = place.pull(&hub::serve(vec![file.clone()])).unwrap();
    assert_eq!(pulled.files[0].1, 450_000);
    assert_eq!(place.files(), whole(&file));
    let place = Place::new();
    begun(&place, &file, &vec![7; 400_000]);
    place.pull(&hub::serve(vec![file.clone()])).unwrap();
    assert_eq!(place.files(), whole(&file));
}

#[test]
fn f02_a_digest_that_changes_in_the_middle_is_refused() {
    let (place, file) = (Place::new(), held(300_000));
    let (liar, other) = (file.clone(), "d".repeat(64));
    let server = lying(&file, move |request, before| {
        let (first, last) = hub::asked_range(request).unwrap();
        let mut changed = liar.clone();
        if before > 0 {
            changed.digest.clone_from(&other);
        }
        let mut reply = hub::part_head(&changed, first, last);
        reply.extend(&liar.bytes[first..=last.min(first + 99_999)]);
        Some(vec![Act::Send(reply)])
    });
    let error = place.pull(&server).unwrap_err().to_string();
    assert!(
        error.contains(&"d".repeat(64)) && error.contains(&file.digest),
        "{error}"
    );
    assert!(
        !place
            .files()
            .iter()
            .any(|name| !name.ends_with(".incomplete"))
    );
}

#[test]
fn f02_redirects_end() {
    let (place, file) = (Place::new(), held(1000));
    let server = lying(&file, |request, _| Some(moved(&request.path)));
    let error = place.pull(&server).unwrap_err().to_string();
    assert!(error.contains("no end to its redirects"), "{error}");
    assert!(server.connections() < 20);
    for to in ["file:///etc/passwd", "ftp://x/y", "", "http://["] {
        let server = lying(&file, move |_, _| Some(moved(to)));
        let error = place.pull(&server).unwrap_err();
        assert!(
            matches!(error, HubError::BadRedirect { .. }),
            "{to}: {error}"
        );
    }
}

#[test]
fn f02_a_redirect_to_a_file_host_is_followed() {
    let (place, file) = (Place::new(), held(300_000));
    let files = [file.clone()];
    let host = RawServer::start(move |request| hub::part(&files[0], request));
    let to = format!("{}/signed?x=y", host.base_url());
    let server = lying(&file, move |_, _| Some(moved(&to)));
    place.pull(&server).unwrap();
    assert_eq!(place.files(), whole(&file));
}

#[test]
fn f02_silence_and_drips_are_not_waited_for() {
    let file = held(300_000);
    let drip = Act::Drip(file.bytes[..1000].to_vec(), Duration::from_millis(20));
    for slow in [Act::Hold, drip] {
        let (place, liar) = (Place::new(), file.clone());
        let server = lying(&file, move |request, before| {
            let (first, last) = hub::asked_range(request).unwrap();
            let head = Act::Send(hub::part_head(&liar, first, last));
            (before == 0).then(|| vec![head, slow.clone()])
        });
        let started = std::time::Instant::now();
        place.pull(&server).unwrap();
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(place.files(), whole(&file));
    }
}

#[test]
fn f02_resets_are_gone_on_from_until_they_are_too_many() {
    let (place, file) = (Place::new(), held(300_000));
    let server = lying(&file, |_, before| (before < 2).then(|| vec![Act::Reset]));
    place.pull(&server).unwrap();
    let place = Place::new();
    let server = lying(&file, |_, _| Some(vec![Act::Reset]));
    assert!(matches!(
        place.pull(&server),
        Err(HubError::Unreachable { .. })
    ));
    let busy = lying(&file, |_, before| {
        (before < 2).then(|| raw_server::reply(503, "", b""))
    });
    place.pull(&busy).unwrap();
    assert_eq!(place.files(), whole(&file));
}

#[test]
fn f02_statuses_have_their_own_errors() {
    let (place, file) = (Place::new(), held(1000));
    let error = |status: u16| {
        let server = lying(&file, move |_, _| {
            Some(raw_server::reply(status, "", b"<html>"))
        });
        place.pull(&server).unwrap_err()
    };
    assert!(matches!(
        error(401),
        HubError::Denied {
            token_sent: false,
            ..
        }
    ));
    assert!(matches!(error(404), HubError::NotFound { .. }));
    assert!(matches!(error(418), HubError::Status { status: 418, .. }));
    let html = RawServer::always(raw_server::reply(200, "", b"<html>"));
    assert!(matches!(
        place.pull(&html),
        Err(HubError::BadListing { .. })
    ));
    let endless = RawServer::always(vec![
        Act::Send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec()),
        Act::Repeat(vec![b' '; 1 << 20], 40),
    ]);
    let error = place.pull(&endless).unwrap_err().to_string();
    assert!(error.contains("longer than 33554432 bytes"), "{error}");
}
