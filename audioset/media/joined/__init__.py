"""Files that are several in one: joined recordings, broadcasts that go on with another track."""
