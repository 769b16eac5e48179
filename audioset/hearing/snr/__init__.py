"""How loud speech is over all else in a clip, also where there is no pause."""
