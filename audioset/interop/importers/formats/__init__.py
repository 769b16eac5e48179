"""Floor 4: one format of corpora per file; `TABLE` names them, and loads none.

A format reads what others wrote, and gives items: `audioset.records.corpus_item` says what of.
"""

# By name: module of this folder, and what makes the format there. In the order in which they are
# asked what a path is.
TABLE = {
    "audb": "audb:Audb",
    "audiofolder": "audiofolder:AudioFolder",
    "common-voice": "common_voice:CommonVoice",
    "emilia": "emilia:Emilia",
    "f5": "speaking:f5",
    "huggingface": "huggingface:HuggingFace",
    "kaldi": "kaldi:Kaldi",
    "lhotse": "lhotse:Lhotse",
    "librispeech": "librispeech:LibriSpeech",
    "ljspeech": "ljspeech:LJSpeech",
    "mls": "mls:MLS",
    "nemo": "nemo:NeMo",
    "piper": "speaking:piper",
    "styletts": "speaking:styletts",
    "textgrid": "textgrid:TextGrids",
    "timit": "timit:TIMIT",
    "vctk": "vctk:VCTK",
    "voxceleb": "voxceleb:VoxCeleb",
    "webdataset": "webdataset:WebDataset",
    "xtts": "speaking:xtts",
}
