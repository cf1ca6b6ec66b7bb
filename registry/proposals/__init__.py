"""What officials propose for their own record and only the organization can decide: from the message to a change."""
