"""Who is a member: memberships, changes, exports, lists, overrides and checks at the till."""
