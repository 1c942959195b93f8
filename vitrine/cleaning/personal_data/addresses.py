"""Postal addresses: a street with its number, a block and a lot, or one of Brasília's sectors.

    next(ADDRESS.finditer("moro na R. das Flores, 1.250, Apto 12"))[0]     # "R. das Flores, 1.250, Apto 12"
    next(ADDRESS.finditer("entregar: SQN 308 Bloco C"))[0]                 # "SQN 308 Bloco C"

The word for a street alone is no address: it needs a capitalised name (or "das", "do" before a name) and a number, "s/n" or a
block. Some of Brasília's sectors have unique names (SQN, SHIS). The others are also cars or televisions (CLS 350, QE 55) or words
(AOS 4): they count only before a block, a lot or a house.

No repetition contains another one that can match the same characters, so the time is linear in the length of the text.
"""

import re

from vitrine.cleaning.personal_data.numbers import AFTER

_STREET = (
    r"(?:[Rr]uas?|RUA|R\.?|[Aa]venida|AVENIDA|[Aa]v\b\.?|AV\b\.?(?!\s(?i:compost|[aáà]udio|v[ií]deo|entrada|sa[ií]da|[0-9]+x))|[Tt]ravessa|TRAVESSA|Trav\b\.?|trav\.|[Tt]v\.|[Aa]lameda|ALAMEDA"
    r"|[Aa]l\.|[Pp]ra[çc]a|P[çc]a?\.|P[çc]a|[Rr]odovia|RODOVIA|[Rr]od\.|Rod(?=\s[A-Z]{2}[ \-]?[0-9])"
    r"|[Ee]strada|[Ee]str?\.|[Ll]argo|[Vv]iela|[Bb]eco|[Ss]ervid[ãa]o|SERVID[ÃA]O)"
)
_DISTRICT = "[Vv]ila"  # a small street or a district: "Vila Madalena 300" is no address, "Vila Nova, 12" may be one
_OF = "d[aeo]s?|e"
_NO_NUMBER = r"(?:[Ss]\s?/\s?[Nn][º°]?|[Ss]em [Nn][úu]mero)"
# A capitalised name, or one in lower case after "das": "rua das flores, 12" is a street.
_NAME = (
    rf"(?:(?:(?:[A-ZÀ-Ý0-9][\w'’.\-]*|{_OF})\s+){{0,6}}(?!(?:{_OF})\b)[A-ZÀ-Ý0-9][\w'’.\-]*"
    rf"|d[aeo]s?\s[^\W\d]{{3,}}(?=\s?,|\sn|\s{_NO_NUMBER}))"
)
_COUNT = r"(?:n[º°.o]{0,2}|n[uú]mero|num\.?|N[º°.]{0,2}|[Rr]ua)\s?"
_YEAR = r"(?:19|20)[0-9]{2}\s(?i:foi|[eé]|era|ser[aá]|teve|est[aá]|estava|ficou)\b"  # "Av Brasil 2018 foi o livro"
_NUMBER = r"(?:[0-9]{1,3}\.[0-9]{3}|[0-9]{1,5}[A-Za-z]?)(?!\w)"
_KM = r"(?:km|KM|Km)\s?[0-9]{1,4}(?:[.,][0-9]{1,3})?(?!\w)"
_LOT = r"(?i:quadra|qd|qda|lote|lt)"
_COUNTED = (
    r"(?!\s(?i:dias?|horas?|h|vezes|anos?|meses|estrelas?|lojas|pessoas|cap[ií]tulos|lugares|reais|stars?|polegadas|pol|unidades?"
    r"|itens|pe[cç]as|gavetas?|portas?)\b)"
)
_INSIDE = (
    r"(?:(?:(?i:ap(?:to|t|artamento)?\.?|casa|sala|lote|lt|quadra|qda?|loja|andar|torre|trecho|m[oó]dulo|ch[aá]cara|box)\.?\s?"
    r"(?:[0-9]{1,5}[A-Za-z]?|[A-Z]))|(?i:bloco|bl|conjunto|conj|cj)\.?\s?(?:[0-9]{1,5}[A-Za-z]?|[A-Za-z]))\b"
    rf"{_COUNTED}"
)
_THEN = r"\s?[,\-–]?\s?"
_REST = rf"(?:{_THEN}(?:{_INSIDE}|[Ff]undos\b))*"
_MARKED = rf"\s?,\s?(?:{_COUNT})?|\s(?:{_COUNT})"  # marks that a number belongs to the street
_AT = rf"(?:{_KM}|{_NUMBER}|{_NO_NUMBER}(?!\w)){AFTER}{_COUNTED}"
_AT_LOT = rf"{_THEN}(?={_LOT}\b){_INSIDE}"
_STREETS = (
    rf"(?<!\w)(?:{_STREET}\s+{_NAME}(?:(?:{_MARKED}|\s(?!{_YEAR})){_AT}|{_AT_LOT})"
    rf"|{_DISTRICT}\s+{_NAME}(?:(?:{_MARKED}){_AT}|{_AT_LOT})){_REST}"
)
_BLOCKS = rf"(?<!\w)(?:[Qq]uadra|QUADRA|[Qq]da?\b|QDA?\b)\.?\s?[0-9]{{1,4}}(?:{_THEN}{_INSIDE})+"
# Brasília: superblocks and their shops have three digits, the others up to three.
_SUPERBLOCK = r"(?:sq(?:[ns]|sw|nw)|s?cl(?:n|nw|rn)|scrn)\s?[1-9][0-9]{2}|eq[ns]\s?[1-9][0-9]{2}/[1-9][0-9]{2}"
_SECTOR = r"(?:qn[a-hj-r]|eqn[l-p]|shi[ns]\s?q[il]|shcgn|shces|shigs|smpw)\s?[0-9]{1,3}"
_IN_SECTOR = r"(?:S[A-Z]{1,4}|CL[NS]W?|CR[NS]|AOS)\s(?i:quadra|qd|q|trecho)\.?\s?[0-9]{1,3}"
_AS_WORDS = r"(?:AOS|CN[A-N]|CS[A-H])\s[0-9]{1,2}"
_AS_OTHERS = r"(?i:q[eilnrs]|qs[a-f]|s?cls|crs|eq[ns]|smhn|sg[ao][ns]|sep[ns])\s?[0-9]{1,3}(?:/[0-9]{1,3})?"
_BRASILIA = (
    rf"(?<!\w)(?i:{_SUPERBLOCK}|{_SECTOR})\b{AFTER}{_COUNTED}(?:{_THEN}{_INSIDE})*"
    rf"|(?<!\w)(?:{_IN_SECTOR}|{_AS_WORDS}|{_AS_OTHERS})\b(?:{_THEN}{_INSIDE})+"
)
ADDRESS = re.compile(rf"{_STREETS}|{_BLOCKS}|{_BRASILIA}")
