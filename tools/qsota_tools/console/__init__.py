"""The Developer Center's console: pages for people, a REST API for scripts, boards on the desk.

    console = Console(service, Bench(service, Path("boards")))
    app = web_app.create(console, token=None)       # FastAPI; see serve.run

Every change goes through the API, from the pages as well: the page's script sends a form as JSON
and shows each complaint at its field. So whatever a page does can be copied as a curl command.
`bench` has the modules on this host: virtual boards, and ports that real boards are wired to.
"""
