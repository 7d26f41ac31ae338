# ruff: noqa: E501, RUF001  (word lists in many scripts, a line a list)
"""Where invented people live and what they are called there.

Name lists are common names of the place, combined at random: nobody in particular. `_` stands for a space inside a
name, and `name/latin` gives the Latin spelling where it cannot be had by dropping accents.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

_LATIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "Ł": "L", "æ": "ae", "ı": "i", "'": "", "’": "", " ": "", "-": ""})


@dataclass(frozen=True)
class Locale:
    """One country: ISO code, language, time zones as two vendors name them, and its pools."""

    country: str
    country_name: str
    language: str
    weight: int
    zone: str
    zone_name: str
    given_names: str
    family_names: str
    streets: str
    places: tuple[tuple[str, str, str], ...]
    family_first: bool = False

    @cached_property
    def given(self) -> list[tuple[str, str]]:
        return _pairs(self.given_names)

    @cached_property
    def family(self) -> list[tuple[str, str]]:
        return _pairs(self.family_names)

    @cached_property
    def street(self) -> list[str]:
        return [name.replace("_", " ") for name in self.streets.split()]


def latin(name: str) -> str:
    """Lower-case ASCII letters of a Latin-script name, as it goes into an e-mail address."""
    bare = unicodedata.normalize("NFKD", name.translate(_LATIN))
    return "".join(letter for letter in bare if letter.isascii() and letter.isalnum()).lower()


def _pairs(names: str) -> list[tuple[str, str]]:
    parts = [name.replace("_", " ").partition("/") for name in names.split()]
    return [(native, spelt or latin(native)) for native, _, spelt in parts]


LOCALES = (
    Locale(
        "US", "United States", "en", 22, "America/New_York", "Eastern Time (US & Canada)",
        "James Mary Robert Patricia Maria Jo_Ann Tyrone Aisha Ethan Olivia DeShawn Luz Noah Emma Logan Mia",
        "Smith Johnson O'Neil McAllister Garcia Nguyen St._James Washington Brooks Ramirez Cohen Kowalski Reyes Fitzgerald",
        "Maple_Ave Elm_Street Lakeview_Dr Sunset_Blvd Mill_Rd",
        (("Boston", "MA", "02108"), ("Newark", "NJ", "07102"), ("Denver", "CO", "80202"), ("Hartford", "CT", "06103")),
    ),
    Locale(
        "GB", "United Kingdom", "en", 12, "Europe/London", "London",
        "Oliver Amelia Harry Isla Jack Freya Siân Rhys Zoë Callum Imogen Alasdair",
        "Taylor MacDonald McKenzie Jones-Hughes Patel Ap_Rhys Whitfield D'Arcy Okafor Smythe Campbell Fraser",
        "High_Street Station_Road Church_Lane Kings_Road", (("Leeds", "", "LS1 4AP"), ("Cardiff", "", "CF10 1EP"), ("London", "", "E1 6AN")),
    ),
    Locale(
        "IE", "Ireland", "en", 4, "Europe/Dublin", "Dublin",
        "Aoife Conor Saoirse Cian Niamh Pádraig Róisín Seán",
        "O'Brien O'Sullivan Ní_Dhomhnaill McCarthy Ó_Briain Byrne Kelly Mac_Giolla", "Main_Street Quay_Road",
        (("Galway", "", "H91 E2K3"), ("Cork", "", "T12 W8KP")),
    ),
    Locale(
        "DE", "Germany", "de", 12, "Europe/Berlin", "Berlin",
        "Jürgen Anna Günther Käthe Lukas Sophie Björn Mia Hans-Peter Ümit Leonie Jörg",
        "Müller Schröder Weiß von_der_Heyde Groß zu_Löwenstein Schmidt Yılmaz Krüger Böhm Jäger Köhler",
        "Hauptstraße Lindenweg Mühlgasse Königsallee", (("Köln", "", "50667"), ("Dresden", "", "01067"), ("München", "", "80331")),
    ),
    Locale(
        "FR", "France", "fr", 9, "Europe/Paris", "Paris",
        "François Élodie Jérôme Zoé Chloé Jean-Luc Hélène Loïc Inès Benoît",
        "Lefèvre de_la_Tour D'Angelo Dupré Lemaître Garçon Benoit Le_Gall Marchand Noël",
        "rue_de_l'Église avenue_Foch allée_des_Acacias", (("Lyon", "", "69002"), ("Bourg-en-Bresse", "", "01000"), ("Nîmes", "", "30000")),
    ),
    Locale(
        "ES", "Spain", "es", 7, "Europe/Madrid", "Madrid",
        "José Begoña María_José Íñigo Lucía Ángel Núria Andrés",
        "García_Márquez Muñoz de_la_Cruz Ibáñez Núñez Peña Etxeberria Yáñez",
        "Calle_Mayor Avenida_de_América", (("Ávila", "", "05001"), ("Málaga", "", "29001")),
    ),
    Locale(
        "IT", "Italy", "it", 5, "Europe/Rome", "Rome",
        "Giosuè Niccolò Chiara Matteo Desirée Alessia", "D'Amico De_Luca Dall'Oglio Rossi Lo_Cicero Foà", "Via_Roma Corso_Cavour",
        (("Torino", "TO", "10121"), ("Roma", "RM", "00184")),
    ),
    Locale(
        "NL", "Netherlands", "nl", 5, "Europe/Amsterdam", "Amsterdam",
        "Sanne Daan Jeroen Noëlle Bram Fleur", "van_der_Berg 't_Hooft de_Vries van_'t_Hoff Ten_Cate IJsbrandy", "Dorpsstraat Kerkweg",
        (("Utrecht", "", "3511 AB"), ("Delft", "", "2611 GX")),
    ),
    Locale(
        "BR", "Brazil", "pt", 5, "America/Sao_Paulo", "Brasilia",
        "João Conceição Antônio Júlia Ícaro Luísa", "da_Silva dos_Santos Araújo Gonçalves Magalhães", "Rua_das_Flores Avenida_Paulista",
        (("São Paulo", "SP", "01310-100"), ("Goiânia", "GO", "74003-010")),
    ),
    Locale(
        "PL", "Poland", "pl", 3, "Europe/Warsaw", "Warsaw",
        "Łukasz Małgorzata Zdzisław Agnieszka", "Wójcik Kowalczyk Dąbrowska Śliwiński Żak", "Długa Kościuszki", (("Łódź", "", "90-001"), ("Kraków", "", "30-001")),
    ),
    Locale(
        "SE", "Sweden", "sv", 3, "Europe/Stockholm", "Stockholm",
        "Åsa Göran Linnéa Örjan", "Sjöberg Ångström af_Klint Löfgren", "Storgatan Björkvägen", (("Malmö", "", "211 20"), ("Umeå", "", "903 26")),
    ),
    Locale(
        "JP", "Japan", "ja", 4, "Asia/Tokyo", "Tokyo",
        "花子/hanako 太郎/taro さくら/sakura 健一/kenichi", "佐藤/sato 鈴木/suzuki 髙橋/takahashi 渡邉/watanabe", "本町 桜通り",
        (("札幌市", "北海道", "060-0001"), ("東京都", "", "100-0005")), family_first=True,
    ),
    Locale(
        "CN", "China", "zh", 4, "Asia/Shanghai", "Beijing",
        "伟/wei 芳/fang 秀英/xiuying 娜/na", "王/wang 李/li 欧阳/ouyang 陈/chen", "人民路 中山路", (("上海", "", "200001"), ("北京", "", "100006")), family_first=True,
    ),
    Locale(
        "UA", "Ukraine", "uk", 2, "Europe/Kyiv", "Kyiv",
        "Олена/olena Тарас/taras Мар'яна/mariana Їжак/yizhak", "Шевченко/shevchenko Ковальчук/kovalchuk Щербак/shcherbak", "вулиця_Лесі_Українки Хрещатик",
        (("Київ", "", "01001"), ("Львів", "", "79000")),
    ),
    Locale(
        "AE", "United Arab Emirates", "ar", 2, "Asia/Dubai", "Abu Dhabi",
        "محمد/mohammed فاطمة/fatima عبد_الله/abdullah", "المنصوري/almansoori الهاشمي/alhashimi بن_راشد/binrashid", "شارع_الخليج", (("دبي", "", ""), ("الشارقة", "", "")),
    ),
    Locale(
        "IN", "India", "en", 3, "Asia/Kolkata", "Chennai",
        "Aarav Priya Lakshmi Rohan", "Sharma Krishnamurthy Venkataraman Singh", "MG_Road Nehru_Marg", (("Pune", "MH", "411001"), ("Kochi", "KL", "682001")),
    ),
)  # fmt: skip
COUNTRIES = [locale.country for locale in LOCALES]
