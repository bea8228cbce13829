"""What became of mail: reports of providers, clicks, the sales that they brought."""
