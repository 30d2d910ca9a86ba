"""The dashboard: pages made on the server, over the same use cases as the REST API."""
