//! Where the hub is and who asks, from the variables of Hugging Face's own tools.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aldo_models::{HubAddress, HubCache, HubOptions, Patience, Token, TokenPlace};

use super::failure;
use crate::commands::Context;
use crate::env;
use crate::failure::Failure;

/// The longest file of a token, in bytes.
const TOKEN_FILE_BYTES_MAX: u64 = 4096;

/// Collects them.
///
/// # Errors
/// A usage failure when an address or a token cannot be used.
pub(super) fn of(ctx: &Context) -> Result<HubOptions, Failure> {
    let address = match ctx.config.setting(&env::HF_ENDPOINT) {
        Some(setting) => HubAddress::new(setting.value.trim()).map_err(|error| {
            let text = setting.value.clone();
            failure::of(error, &text).hint("`HF_ENDPOINT` is where the hub is")
        })?,
        None => HubAddress::official(),
    };
    Ok(HubOptions {
        token: token(ctx)?,
        address,
        cache: HubCache::new(ctx.config.folders.hub_cache.clone()),
        patience: Patience::default(),
    })
}

/// The token in the environment, in the file that the environment names, or in the one a login left.
fn token(ctx: &Context) -> Result<Option<(Token, TokenPlace)>, Failure> {
    let bad = |name: &str| Failure::usage("bad_configuration", format!("`{name}` holds no token"));
    if let Some(setting) = ctx.config.setting(&env::HF_TOKEN) {
        let token = Token::new(&setting.value).ok_or_else(|| bad(env::HF_TOKEN.name))?;
        return Ok(Some((token, TokenPlace::Environment)));
    }
    let named = ctx.config.setting(&env::HF_TOKEN_PATH).is_some();
    let place = if named {
        TokenPlace::Environment
    } else {
        TokenPlace::Login
    };
    match read(&ctx.config.folders.hub_token) {
        Ok(text) => Ok(Token::new(&text).map(|token| (token, place))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let path = ctx.config.folders.hub_token.display();
            ctx.ui
                .warn(&format!("the token in `{path}` is not used: {error}"));
            Ok(None)
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(TOKEN_FILE_BYTES_MAX)
        .read_to_string(&mut text)?;
    Ok(text)
}
