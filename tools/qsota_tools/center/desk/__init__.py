"""What the console's pages and the REST API do, one class per page; all of it in JSON's terms."""
