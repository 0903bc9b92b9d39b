use crate::capabilities::PrivacyTier;

/// A tier whose runs may go to the hosted plane. What is sensitive has none, so that no client of the
/// hosted plane can be made for it, whatever the router was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostedTier {
    /// May go anywhere.
    Public,
    /// Goes to operators that are trusted with it, as who set a token trusts the hosted plane.
    Internal,
}

impl HostedTier {
    /// Returns the hosted form of `tier`; nothing for `sensitive`.
    pub(crate) fn of(tier: PrivacyTier) -> Option<Self> {
        match tier {
            PrivacyTier::Public => Some(Self::Public),
            PrivacyTier::Internal => Some(Self::Internal),
            PrivacyTier::Sensitive => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e01_no_hosted_tier_can_be_made_of_a_sensitive_context() {
        assert_eq!(HostedTier::of(PrivacyTier::Sensitive), None);
        let parent = PrivacyTier::Sensitive;
        let own = PrivacyTier::Internal;
        assert_eq!(HostedTier::of(own.max(parent)), None);
        assert_eq!(HostedTier::of(own), Some(HostedTier::Internal));
        assert_eq!(
            HostedTier::of(PrivacyTier::Public),
            Some(HostedTier::Public)
        );
    }
}
