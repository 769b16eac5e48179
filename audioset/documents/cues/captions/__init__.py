"""Floor 3a: captions of every form (SRT, WebVTT, SBV, ASS, TTML) to cues with their markup read."""
