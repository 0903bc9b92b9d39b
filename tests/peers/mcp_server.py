"""A server of the Model Context Protocol over HTTP, by the protocol's own library of either generation.

usage: mcp_server.py PORT sessions|stateless
"""

import sys

from mcp.types import ToolAnnotations

port, stateless = int(sys.argv[1]), sys.argv[2] == "stateless"
try:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    server = MCPServer("peer")
    run = {"host": "127.0.0.1", "port": port, "stateless_http": stateless, "json_response": stateless}
except ModuleNotFoundError:
    from mcp.server.fastmcp import FastMCP
    from mcp.server.fastmcp.exceptions import ToolError

    server = FastMCP("peer", host="127.0.0.1", port=port, stateless_http=stateless, json_response=stateless)
    run = {}


@server.tool(annotations=ToolAnnotations(readOnlyHint=True))
def echo(text: str) -> str:
    """Says what it is told."""
    return text


@server.tool(annotations=ToolAnnotations(readOnlyHint=True))
def fails(text: str) -> str:
    """Fails, and says what it is told."""
    raise ToolError(text)


server.run(transport="streamable-http", **run)
