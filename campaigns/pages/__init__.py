"""Pages behind the links of a mail, open without a log-in to anybody who has the link."""
