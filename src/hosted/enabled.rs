//! The client: starts a run, then looks at it until it has ended.

use std::time::Duration;

use aldo_backends::{
    Authorization, Endpoint, HttpClient, HttpRequest, NetError, Reach, WholeReply,
};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep, timeout_at};

use super::{End, Finished, HostedError, HostedTier, Notice, Order, Pace, Plane};

mod reply_wire;
mod request_wire;

use reply_wire::RunReply;

/// Whether this build has a client.
pub(crate) const BUILT: bool = true;

/// The largest reply that is read.
const REPLY_BYTES_MAX: usize = 16 << 20;

/// A client of the hosted plane.
#[derive(Debug)]
pub(crate) struct Hosted {
    client: HttpClient,
    plane: Plane,
    pace: Pace,
}

impl Hosted {
    /// Makes a client for runs of `_tier`, which is the proof that they may leave; connects to nothing.
    ///
    /// # Errors
    /// [`HostedError::Address`] unless the plane is reached over `https` or loopback.
    pub(crate) fn new(_tier: HostedTier, plane: &Plane, pace: Pace) -> Result<Self, HostedError> {
        let reach = if plane.offline {
            Reach::Loopback
        } else {
            Reach::Internet
        };
        let endpoint = Endpoint::new(&plane.url, reach).map_err(HostedError::Address)?;
        let authorization = Authorization {
            bearer: Some(plane.token.clone()),
            headers: Vec::new(),
        };
        let client = HttpClient::new(endpoint, &authorization, pace.connect_max)
            .map_err(HostedError::Address)?;
        let plane = plane.clone();
        Ok(Self {
            client,
            plane,
            pace,
        })
    }

    /// Starts a run and waits until it has ended, saying what changes. Dropping the future stops the
    /// waiting, not the run.
    ///
    /// # Errors
    /// [`HostedError`].
    pub(crate) async fn run(
        &self,
        order: &Order,
        say: &mut dyn FnMut(Notice),
    ) -> Result<Finished, HostedError> {
        let deadline = Instant::now() + self.pace.run_max;
        let mut last = self.start(order).await?;
        say(last.notice());
        let followed = timeout_at(deadline, self.follow(&mut last, say)).await;
        match followed {
            Ok(end) => Ok(last.finished(end)),
            Err(_) => Err(HostedError::TimedOut {
                run: last.id,
                status: last.status,
                seconds: self.pace.run_max.as_secs(),
            }),
        }
    }

    async fn start(&self, order: &Order) -> Result<RunReply, HostedError> {
        let request = HttpRequest::post("/v1/runs", request_wire::body(order));
        let reply = self.whole(request).await.map_err(HostedError::NoReply)?;
        if !(200..300).contains(&reply.status) {
            return Err(self.refused(&reply));
        }
        RunReply::read(&reply.body).map_err(|what| bad(&reply, what))
    }

    /// Looks until `last` has ended.
    async fn follow(&self, last: &mut RunReply, say: &mut dyn FnMut(Notice)) -> End {
        loop {
            // The reply to the start holds no events, so also a run that has ended is looked at once.
            match self.look(&last.id).await {
                Ok(reply) => {
                    let changed = reply.status != last.status;
                    *last = reply;
                    if changed {
                        say(last.notice());
                    }
                    if let Some(end) = End::of(&last.status) {
                        return end;
                    }
                }
                Err(reason) => say(Notice::PollFailed {
                    run: last.id.clone(),
                    reason,
                }),
            }
            sleep(self.pace.poll_every).await;
        }
    }

    async fn look(&self, run: &str) -> Result<RunReply, String> {
        let path = format!("/v1/runs/{run}");
        let reply = self.whole(HttpRequest::get(&path)).await;
        let reply = reply.map_err(|error| error.to_string())?;
        if reply.status != 200 {
            return Err(self.refused(&reply).to_string());
        }
        match RunReply::read(&reply.body) {
            Ok(read) if read.id == run => Ok(read),
            Ok(_) => Err("the reply is about another run".to_owned()),
            Err(what) => Err(bad(&reply, what).to_string()),
        }
    }

    async fn whole(&self, request: HttpRequest<'_>) -> Result<WholeReply, NetError> {
        let reply_max: Duration = self.pace.reply_max;
        self.client.whole(request, REPLY_BYTES_MAX, reply_max).await
    }

    /// Reads why the plane says no; its words without our token, should they repeat it.
    fn refused(&self, reply: &WholeReply) -> HostedError {
        let Some(error) = reply_wire::error(&reply.body) else {
            return bad(reply, "no error of its interface");
        };
        let token = self.plane.token.expose_secret();
        HostedError::Refused {
            status: reply.status,
            code: error.code.replace(token, "[token]"),
            message: error.message.replace(token, "[token]"),
            details: error.details,
        }
    }
}

fn bad(reply: &WholeReply, what: &'static str) -> HostedError {
    HostedError::BadReply {
        status: reply.status,
        bytes: reply.body.len(),
        what,
    }
}

#[cfg(test)]
mod tests;
