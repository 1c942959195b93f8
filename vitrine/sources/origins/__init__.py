"""Where published files come from (a folder or zip, a hub, the web), and the pins that fix their bytes."""
