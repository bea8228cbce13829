"""An app such as somebody else would write, and the tests of Tranche with it installed."""
