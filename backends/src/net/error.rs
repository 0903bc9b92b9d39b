/// Why there is no connection, or no reply over it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetError {
    /// The text is no base URL.
    #[error("`{url}` is not a base URL: {reason}")]
    BadUrl {
        /// The text, without user and query, safe to show.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The address leaves this machine, and nothing may.
    #[error(
        "`{url}` is not an address of this machine: only 127.0.0.0/8, ::1 and the exact name `localhost` are"
    )]
    NotLoopback {
        /// The base URL, safe to show.
        url: String,
    },
    /// Text would go over a network that anybody may read.
    #[error("`{url}` must begin with `https://`")]
    NotEncrypted {
        /// The base URL, safe to show.
        url: String,
    },
    /// The user forbade every connection but to this machine.
    #[error("`{url}` is not an address of this machine, and `ALDO_OFFLINE` is set")]
    Offline {
        /// The base URL, safe to show.
        url: String,
    },
    /// This build cannot speak TLS.
    #[error("`{url}` needs TLS, which this build leaves out")]
    NoTls {
        /// The base URL, safe to show.
        url: String,
    },
    /// This build has no network client.
    #[error("this build has no network client")]
    NotBuilt,
    /// The client cannot be made.
    #[error("the network client cannot start: {reason}")]
    NoClient {
        /// What the library says.
        reason: String,
    },
    /// A header cannot be sent.
    #[error("the header `{name}` cannot be sent")]
    BadHeader {
        /// Its name; its value may be a secret.
        name: String,
    },
    /// Nobody answers at the address.
    #[error("cannot connect to `{address}`: {reason}")]
    Unreachable {
        /// The base URL, safe to show.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// The connection was made, and then broke or carried no HTTP.
    #[error("the connection to `{address}` broke: {reason}")]
    Broken {
        /// The base URL, safe to show.
        address: String,
        /// What the library says.
        reason: String,
    },
    /// It took too long.
    #[error("no {what} from `{address}` within {seconds} s")]
    Timeout {
        /// The base URL, safe to show.
        address: String,
        /// What was waited for.
        what: &'static str,
        /// How long, in seconds.
        seconds: f64,
    },
    /// A part of a reply is longer than anything honest.
    #[error("the {what} from `{address}` is longer than {bytes_max} bytes")]
    TooLong {
        /// The base URL, safe to show.
        address: String,
        /// The part.
        what: &'static str,
        /// The limit in bytes.
        bytes_max: usize,
    },
}
