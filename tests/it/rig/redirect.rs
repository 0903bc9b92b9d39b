//! Family D, row 6: a server on loopback that sends its clients elsewhere.

use aldo_backends::proof::Role;

use super::in_rig;
use super::network::{SECRET, STRANGER};

#[test]
fn d06_a_redirecting_loopback_server_is_not_followed() {
    in_rig(|rig| {
        for status in [301, 302, 303, 307, 308] {
            let to = format!("http://{STRANGER}/v1/chat/completions");
            let (bait, aldo) = rig.served(Role::Redirecting { status, to }, "vault", &[]);
            let ran = aldo.run().exits(4);
            assert!(
                bait.asked().join("").contains(SECRET),
                "it was asked: {ran}"
            );
            rig.nothing_left(&ran);
        }
    });
}

/// Nor for an agent that may leave: a redirect is not what the catalogue or the operator named.
#[test]
fn d06_no_agent_follows_a_redirect() {
    in_rig(|rig| {
        let to = format!("http://{STRANGER}/");
        let (_bait, aldo) = rig.served(Role::Redirecting { status: 307, to }, "memo-far", &[]);
        let ran = aldo.run();
        assert_ne!(ran.code, Some(0), "{ran}");
        let left = rig.left();
        let led = left.messages.iter().any(|text| text.contains(SECRET));
        assert!(!led, "{left:?} after {ran}");
    });
}
