//! F7: who sees the token.

use super::*;

const SECRET: &str = "hf_canarycanarycanary";

fn token(place: TokenPlace) -> (Token, TokenPlace) {
    (Token::new(SECRET).unwrap(), place)
}

fn seen(server: &RawServer) -> Vec<bool> {
    let received = server.received();
    let shows = |request: &Received| {
        let bearer = request.header("authorization");
        assert!(bearer.is_none_or(|it| it == format!("Bearer {SECRET}")));
        assert!(!request.path.contains(SECRET));
        bearer.is_some()
    };
    received.iter().map(shows).collect()
}

#[test]
fn f07_a_token_never_follows_a_redirect_to_another_host() {
    let (place, file) = (Place::new(), held(1000));
    let files = [file.clone()];
    let host = RawServer::start(move |request| hub::part(&files[0], request));
    let to = host.base_url();
    let server = lying(&file, move |_, _| {
        Some(raw_server::reply(
            302,
            &format!("Location: {to}/x\r\n"),
            b"",
        ))
    });
    let mut client = place.client_with(&server, Some(token(TokenPlace::Environment)));
    let found = client.find(&REPOSITORY.parse().unwrap()).unwrap();
    client.pull(&found, &mut |_| ()).unwrap();
    assert_eq!(seen(&server), [true, true]);
    assert_eq!(seen(&host), [false]);
}

#[test]
fn f07_a_redirect_on_the_hub_itself_keeps_the_token() {
    let (place, file) = (Place::new(), held(1000));
    let server = lying(&file, |request, before| {
        (before == 0)
            .then(|| raw_server::reply(307, &format!("Location: {}\r\n", request.path), b""))
    });
    let mut client = place.client_with(&server, Some(token(TokenPlace::Environment)));
    let found = client.find(&REPOSITORY.parse().unwrap()).unwrap();
    client.pull(&found, &mut |_| ()).unwrap();
    assert_eq!(seen(&server), [true, true, true]);
}

#[test]
fn f07_a_login_is_for_its_own_hub() {
    let (place, file) = (Place::new(), held(1000));
    let server = hub::serve(vec![file]);
    let mut client = place.client_with(&server, Some(token(TokenPlace::Login)));
    client.find(&REPOSITORY.parse().unwrap()).unwrap();
    assert_eq!(seen(&server), [false]);
    let gated = RawServer::always(raw_server::reply(401, "", b"{}"));
    let mut client = place.client_with(&gated, Some(token(TokenPlace::Login)));
    let error = client.find(&REPOSITORY.parse().unwrap()).unwrap_err();
    let HubError::Denied {
        token_sent,
        token_kept,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert!(!token_sent && token_kept.is_some());
}

#[test]
fn f07_no_error_shows_a_token_or_a_signature() {
    let (place, file) = (Place::new(), held(1000));
    let server = lying(&file, |_, _| {
        Some(raw_server::reply(
            302,
            "Location: ftp://files/x?sig=canarysignature\r\n",
            b"",
        ))
    });
    let mut client = place.client_with(&server, Some(token(TokenPlace::Environment)));
    let found = client.find(&REPOSITORY.parse().unwrap()).unwrap();
    let error = client.pull(&found, &mut |_| ()).unwrap_err();
    let told = format!("{error} {error:?} {client:?}");
    assert!(!told.contains("canary"), "{told}");
}
