use std::sync::Arc;

use tokio::sync::watch;

/// The wish of the user that work end, shared by all that work.
#[derive(Debug, Clone)]
pub struct Cancel {
    wish: Arc<watch::Sender<bool>>,
}

impl Cancel {
    /// Makes one that nobody has wished for yet.
    pub fn new() -> Self {
        Self {
            wish: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Asks all who hold a clone to end.
    pub fn cancel(&self) {
        self.wish.send_replace(true);
    }

    /// Whether anybody has asked.
    pub fn is_canceled(&self) -> bool {
        *self.wish.borrow()
    }

    /// Waits until somebody asks.
    pub async fn canceled(&self) {
        let mut wish = self.wish.subscribe();
        // The sender lives as long as `self`, so waiting ends only with the wish.
        let _ = wish.wait_for(|asked| *asked).await;
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}
