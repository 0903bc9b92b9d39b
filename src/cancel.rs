//! The wish that work end, shared by all that work.

use std::sync::Arc;

use tokio::sync::watch;

/// The wish that work end: of the user, or of whoever started the work.
#[derive(Debug, Clone)]
pub struct Cancel {
    wish: Arc<watch::Sender<bool>>,
    /// Whose wish is this one's as well.
    parent: Option<Arc<Cancel>>,
}

impl Cancel {
    /// Makes one that nobody has wished for yet.
    pub fn new() -> Self {
        Self {
            wish: Arc::new(watch::Sender::new(false)),
            parent: None,
        }
    }

    /// Makes one for a part of the work: it ends with the whole, and may be ended alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            parent: Some(Arc::new(self.clone())),
            ..Self::new()
        }
    }

    /// Asks all who hold a clone or a child to end.
    pub fn cancel(&self) {
        self.wish.send_replace(true);
    }

    /// Whether anybody has asked.
    pub fn is_canceled(&self) -> bool {
        *self.wish.borrow() || self.parent.as_ref().is_some_and(|up| up.is_canceled())
    }

    /// Waits until somebody asks.
    pub async fn canceled(&self) {
        match &self.parent {
            None => self.asked().await,
            Some(parent) => {
                tokio::select! {
                    () = self.asked() => {}
                    () = Box::pin(parent.canceled()) => {}
                }
            }
        }
    }

    async fn asked(&self) {
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

#[cfg(test)]
mod tests {
    use super::Cancel;

    #[tokio::test]
    async fn a_part_ends_with_the_whole_and_not_the_other_way_round() {
        let whole = Cancel::new();
        let (one, other) = (whole.child(), whole.child());
        one.cancel();
        one.canceled().await;
        assert!(one.is_canceled() && !whole.is_canceled() && !other.is_canceled());
        whole.cancel();
        other.child().canceled().await;
        assert!(other.is_canceled());
    }
}
