use super::*;

fn refusal(url: &str, reach: Reach) -> String {
    Endpoint::new(url, reach).unwrap_err().to_string()
}

#[test]
fn this_machines_addresses_are_loopback() {
    for (url, base) in [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://127.8.9.1:1", "http://127.8.9.1:1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ] {
        let endpoint = Endpoint::new(url, Reach::Loopback).unwrap();
        assert!(endpoint.is_loopback(), "{url}");
        assert_eq!(endpoint.base_url(), base);
    }
}

#[test]
fn e04_everything_else_is_refused_for_a_sensitive_agent_without_a_lookup() {
    for url in [
        "http://192.168.1.5:11434",
        "http://10.0.0.1",
        "http://8.8.8.8",
        "http://0.0.0.0:11434",
        "http://example.org",
        "http://127.0.0.1.evil.test",
        "http://0x7f.1",
        "http://0x7f000001",
        "http://2130706433",
        "http://127.1",
        "http://0177.0.0.1",
        "http://127.0.0.1.",
        "http://[::ffff:8.8.8.8]",
        "http://[::ffff:127.0.0.1]",
        "http://[::]",
        "http://[fe80::1]",
        "http://localhost.evil",
        "http://evil.localhost",
        "http://LOCALHOST:1",
        "http://localhost.:1",
        "http://127.0.0.1@evil/",
        "http://evil@127.0.0.1/",
        "http://127.0.0.1\\@evil/",
        "http://127.0.0.1#@evil/",
        "http://127.0.0.1:80@evil",
        "http://①27.0.0.1",
        "http://127.0.0.1\n.evil",
        "http://127.0.0.1 .evil",
        "//127.0.0.1",
        "127.0.0.1:80",
        "ftp://127.0.0.1",
        "HTTP://127.0.0.1",
        "http://",
        "http://:80",
        "http://127.0.0.1:",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:+80",
        "http://[::1",
        "http://[127.0.0.1]",
        "http://127.0.0.1/../x",
        "",
    ] {
        assert!(Endpoint::new(url, Reach::Loopback).is_err(), "{url:?}");
    }
}

#[test]
fn other_spellings_of_addresses_are_refused_at_every_reach() {
    for url in [
        "http://0x7f.1",
        "http://2130706433",
        "http://127.1",
        "http://0177.0.0.1",
    ] {
        for reach in [Reach::OperatorNetwork, Reach::Internet] {
            assert!(
                refusal(url, reach).contains("four decimal numbers"),
                "{url}"
            );
        }
    }
}

#[test]
fn the_operators_network_may_be_in_the_clear_and_the_internet_may_not() {
    let url = "http://gpu-1.lan:8000/v1";
    assert_eq!(
        Endpoint::new(url, Reach::OperatorNetwork)
            .unwrap()
            .base_url(),
        url
    );
    assert_eq!(
        refusal(url, Reach::Internet),
        "`http://gpu-1.lan:8000/v1` must begin with `https://`"
    );
    assert!(Endpoint::new("http://127.0.0.1:7878", Reach::Internet).is_ok());
}

#[test]
fn j01_what_a_message_shows_of_a_url_holds_no_password_and_no_query() {
    let message = refusal(
        "http://user:hunter2@host/path?token=hunter3#hunter4",
        Reach::Internet,
    );
    assert!(!message.contains("hunter"), "{message}");
    assert!(message.contains("`http://host/path`"), "{message}");
}

#[test]
fn messages_say_what_would_be_right() {
    assert_eq!(
        refusal("http://192.168.1.5:11434", Reach::Loopback),
        "`http://192.168.1.5:11434` is not an address of this machine: only 127.0.0.0/8, ::1 and the exact name `localhost` are"
    );
    assert_eq!(
        refusal("127.0.0.1:11434", Reach::Loopback),
        "`127.0.0.1:11434` is not a base URL: it must begin with `http://` or `https://`"
    );
}
