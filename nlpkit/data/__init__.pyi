from .auditing.oddities import Oddities as Oddities
from .auditing.oddities import audited as audited
from .auditing.oddities import oddities as oddities
from .classes import checked_labels as checked_labels
from .download import download as download
from .download import offline as offline
from .named_files import named_files as named_files
from .reading.labels.names import label_names as label_names
from .reading.notes import FileNotes as FileNotes
from .reading.notes import printable as printable
from .reading.packed import PackedTexts as PackedTexts
from .reading.readers import read_lines as read_lines
from .reading.source.files import HashedFile as HashedFile
from .reading.source.files import file_problems as file_problems
from .reading.source.folder import folder_problems as folder_problems
from .split import Split as Split
from .split import draw_parts as draw_parts
from .split import split_rows as split_rows
from .texts import SourceFile as SourceFile
from .texts import Splits as Splits
from .texts import Texts as Texts
from .vectors.kept import FoundVectors as FoundVectors
from .vectors.reading import read_vectors as read_vectors

__all__: list[str]
