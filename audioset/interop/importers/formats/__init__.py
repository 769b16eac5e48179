"""Floor 4: one format of corpora per file; `TABLE` names them, and loads none.

A format reads what others wrote, and gives items: `audioset.records.corpus_item` says what of.
"""

# By name: module of this folder and class. In the order in which they are asked what a path is.
TABLE = {
    "audb": "audb:Audb",
    "audiofolder": "audiofolder:AudioFolder",
    "common-voice": "common_voice:CommonVoice",
    "emilia": "emilia:Emilia",
    "huggingface": "huggingface:HuggingFace",
    "kaldi": "kaldi:Kaldi",
    "lhotse": "lhotse:Lhotse",
    "librispeech": "librispeech:LibriSpeech",
    "ljspeech": "ljspeech:LJSpeech",
    "mls": "mls:MLS",
    "nemo": "nemo:NeMo",
    "textgrid": "textgrid:TextGrids",
    "timit": "timit:TIMIT",
    "vctk": "vctk:VCTK",
    "voxceleb": "voxceleb:VoxCeleb",
    "webdataset": "webdataset:WebDataset",
}
