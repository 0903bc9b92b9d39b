//! Family E, row 9, for the model store: offline, and in the build without a network.

use insta::assert_snapshot;

use super::TestEnv;
use super::hub::{self, REPOSITORY};
use super::pull::{Pull, tiny};

#[test]
fn e09_offline_pulls_from_nobody_but_this_machine() {
    let env = TestEnv::new();
    for (name, value) in [
        ("ALDO_OFFLINE", "1"),
        ("HF_HUB_OFFLINE", "ON"),
        ("HF_HUB_OFFLINE", "yes"),
    ] {
        let ran = env
            .aldo(["models", "pull", "org/name", "--json"])
            .env(name, value)
            .run()
            .exits(3);
        assert_eq!(ran.json()["error"]["code"], "offline", "{ran}");
    }
    assert_snapshot!(env.aldo(["models", "pull", "org/name"]).env("ALDO_OFFLINE", "1").run(), @r"
    exit 3
    --- stderr
    error: `https://huggingface.co` is not an address of this machine, and `ALDO_OFFLINE` is set
      hint: `aldo models export` on a machine with a network, `aldo models import` here
    ");
    let pull = Pull::new(hub::serve(vec![tiny()]));
    pull.aldo(["models", "pull", REPOSITORY])
        .env("ALDO_OFFLINE", "1")
        .run()
        .exits(0);
}

#[test]
fn e09_a_mirror_on_this_machine_cannot_send_anybody_out() {
    let files = vec![tiny()];
    let server =
        super::raw_server::RawServer::start(move |request| match hub::asked(request, &files) {
            Some(_) => super::raw_server::reply(302, "Location: http://203.0.113.7/x\r\n", b""),
            None => hub::polite(request, &files),
        });
    let pull = Pull::new(server);
    let ran = pull
        .aldo(["models", "pull", REPOSITORY, "--json"])
        .env("ALDO_OFFLINE", "1")
        .run()
        .exits(3);
    assert_eq!(ran.json()["error"]["code"], "offline", "{ran}");
}
