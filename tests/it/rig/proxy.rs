//! Family D, row 7: a proxy in the environment.

use aldo_backends::proof::Role;

use super::in_rig;
use super::network::SECRET;

#[test]
fn d07_a_proxy_variable_is_not_listened_to() {
    in_rig(|rig| {
        let (bait, aldo) = rig.served(Role::Honest, "vault", &[]);
        let ran = aldo.run().exits(0);
        assert!(ran.stdout.contains("here"), "{ran}");
        assert!(
            bait.asked().join("").contains(SECRET),
            "it was asked: {ran}"
        );
        rig.nothing_left(&ran);
    });
}
