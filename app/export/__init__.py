"""Pages of HTML that need neither a network nor a server, and the JavaScript in them."""
