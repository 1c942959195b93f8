"""Where published files come from: a folder or archive, a hub, the web; and the pins that say which bytes are meant."""
