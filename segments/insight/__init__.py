"""Questions about segments and customers that change nothing."""
