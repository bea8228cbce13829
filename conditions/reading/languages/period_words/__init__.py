"""Words for lengths of time and for named days, in each language (`Grammar.periods`)."""
