"""Tools for assistants over MCP: each calls what the API's call calls, with the token's rights."""
