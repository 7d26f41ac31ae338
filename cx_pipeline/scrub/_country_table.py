"""Countries of ISO 3166-1: alpha-2, alpha-3, then their names and common spellings."""

TABLE = """
AD AND Andorra
AE ARE United Arab Emirates|UAE|Emirates
AF AFG Afghanistan
AG ATG Antigua and Barbuda|Antigua & Barbuda
AI AIA Anguilla
AL ALB Albania|Shqipëria
AM ARM Armenia
AO AGO Angola
AQ ATA Antarctica
AR ARG Argentina
AS ASM American Samoa|Samoa (American)
AT AUT Austria|Österreich|Oesterreich|Autriche
AU AUS Australia
AW ABW Aruba
AX ALA Åland Islands|Aland
AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina|Bosnia & Herzegovina|Bosnia|Bosna i Hercegovina
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium|Belgien|Belgique|België|Belgie
BF BFA Burkina Faso
BG BGR Bulgaria|България
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin
BL BLM Saint Barthélemy|St Barthelemy
BM BMU Bermuda
BN BRN Brunei|Brunei Darussalam
BO BOL Bolivia|Bolivia, Plurinational State of|Bolivia (Plurinational State of)
BQ BES Bonaire, Sint Eustatius and Saba|Caribbean Netherlands|Caribbean NL|Bonaire
BR BRA Brazil|Brasil|Brasilien|Brésil
BS BHS Bahamas|The Bahamas
BT BTN Bhutan
BV BVT Bouvet Island
BW BWA Botswana
BY BLR Belarus
BZ BLZ Belize
CA CAN Canada|Kanada
CC CCK Cocos (Keeling) Islands|Cocos Islands
CD COD Democratic Republic of the Congo|Congo, The Democratic Republic of the|Congo (Dem. Rep.)|DR Congo|DRC|Congo-Kinshasa
CF CAF Central African Republic|Central African Rep.
CG COG Congo|Republic of the Congo|Congo (Rep.)|Congo-Brazzaville
CH CHE Switzerland|Schweiz|Suisse|Svizzera|Confoederatio Helvetica
CI CIV Côte d'Ivoire|Ivory Coast
CK COK Cook Islands
CL CHL Chile
CM CMR Cameroon
CN CHN China|People's Republic of China|PRC|Mainland China|中国
CO COL Colombia
CR CRI Costa Rica
CU CUB Cuba
CV CPV Cabo Verde|Cape Verde
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus
CZ CZE Czechia|Czech Republic|Česko|Česká republika|Tschechien
DE DEU Germany|Deutschland|Federal Republic of Germany|Allemagne|Alemania|Germania|Duitsland|Niemcy|BRD|GER
DJ DJI Djibouti
DK DNK Denmark|Danmark|Dänemark
DM DMA Dominica
DO DOM Dominican Republic|República Dominicana
DZ DZA Algeria|Algérie
EC ECU Ecuador
EE EST Estonia|Eesti
EG EGY Egypt
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain|España|Spanien|Espagne
ET ETH Ethiopia
FI FIN Finland|Suomi|Finnland
FJ FJI Fiji
FK FLK Falkland Islands|Falkland Islands (Malvinas)
FM FSM Micronesia|Micronesia, Federated States of|Federated States of Micronesia
FO FRO Faroe Islands
FR FRA France|Frankreich|Francia|République française
GA GAB Gabon
GB GBR United Kingdom|UK|U.K.|Great Britain|Britain|Britain (UK)|England|Scotland
GB GBR Wales|Northern Ireland|United Kingdom of Great Britain and Northern Ireland|Vereinigtes Königreich|Royaume-Uni
GB GBR Großbritannien
GD GRD Grenada
GE GEO Georgia
GF GUF French Guiana
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland
GM GMB Gambia|The Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece|Hellas|Ελλάδα|Griechenland
GS SGS South Georgia and the South Sandwich Islands|South Georgia & the South Sandwich Islands
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong|Hong Kong SAR
HM HMD Heard Island and McDonald Islands|Heard Island & McDonald Islands
HN HND Honduras
HR HRV Croatia|Hrvatska|Kroatien
HT HTI Haiti
HU HUN Hungary|Magyarország|Ungarn
ID IDN Indonesia
IE IRL Ireland|Republic of Ireland|Éire|Irland
IL ISR Israel
IM IMN Isle of Man
IN IND India|भारत
IO IOT British Indian Ocean Territory
IQ IRQ Iraq
IR IRN Iran|Iran, Islamic Republic of|Islamic Republic of Iran
IS ISL Iceland|Ísland
IT ITA Italy|Italia|Italien|Italie
JE JEY Jersey
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan|日本
KE KEN Kenya
KG KGZ Kyrgyzstan
KH KHM Cambodia
KI KIR Kiribati
KM COM Comoros
KN KNA Saint Kitts and Nevis|St Kitts & Nevis
KP PRK North Korea|Korea, Democratic People's Republic of|Korea (North)|DPRK
KR KOR South Korea|Korea, Republic of|Republic of Korea|Korea (South)|Korea|대한민국
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan
LA LAO Laos|Lao People's Democratic Republic
LB LBN Lebanon
LC LCA Saint Lucia|St Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania|Lietuva
LU LUX Luxembourg|Luxemburg
LV LVA Latvia|Latvija
LY LBY Libya
MA MAR Morocco|Maroc
MC MCO Monaco
MD MDA Moldova|Moldova, Republic of|Republic of Moldova
ME MNE Montenegro|Crna Gora
MF MAF Saint Martin|Saint Martin (French part)|St Martin (French)
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD North Macedonia|Macedonia
ML MLI Mali
MM MMR Myanmar|Myanmar (Burma)|Burma
MN MNG Mongolia
MO MAC Macao|Macau
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta
MU MUS Mauritius
MV MDV Maldives
MW MWI Malawi
MX MEX Mexico|México|Mexiko
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands|The Netherlands|Holland|Nederland|Niederlande|Pays-Bas|Países Bajos
NO NOR Norway|Norge|Norwegen
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand|Aotearoa
OM OMN Oman
PA PAN Panama|Panamá
PE PER Peru|Perú
PF PYF French Polynesia
PG PNG Papua New Guinea
PH PHL Philippines|The Philippines
PK PAK Pakistan
PL POL Poland|Polska|Polen
PM SPM Saint Pierre and Miquelon|St Pierre & Miquelon
PN PCN Pitcairn|Pitcairn Islands
PR PRI Puerto Rico
PS PSE Palestine|Palestine, State of|State of Palestine
PT PRT Portugal
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar
RE REU Réunion|Reunion Island
RO ROU Romania|România|Rumänien
RS SRB Serbia|Srbija|Србија
RU RUS Russia|Russian Federation|Россия|Russland
RW RWA Rwanda
SA SAU Saudi Arabia|KSA
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden|Sverige|Schweden
SG SGP Singapore
SH SHN Saint Helena, Ascension and Tristan da Cunha|Saint Helena|St Helena
SI SVN Slovenia|Slovenija
SJ SJM Svalbard and Jan Mayen|Svalbard & Jan Mayen
SK SVK Slovakia|Slovak Republic|Slovensko
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan
ST STP Sao Tome and Principe|Sao Tome & Principe
SV SLV El Salvador
SX SXM Sint Maarten|Sint Maarten (Dutch part)|St Maarten (Dutch)
SY SYR Syria|Syrian Arab Republic
SZ SWZ Eswatini|Eswatini (Swaziland)|Swaziland
TC TCA Turks and Caicos Islands|Turks & Caicos Is
TD TCD Chad
TF ATF French Southern Territories|French S. Terr.
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan
TK TKL Tokelau
TL TLS Timor-Leste|East Timor
TM TKM Turkmenistan
TN TUN Tunisia|Tunisie
TO TON Tonga
TR TUR Turkey|Türkiye|Türkei
TT TTO Trinidad and Tobago|Trinidad & Tobago
TV TUV Tuvalu
TW TWN Taiwan|Taiwan, Province of China|台灣
TZ TZA Tanzania|Tanzania, United Republic of|United Republic of Tanzania
UA UKR Ukraine|Україна
UG UGA Uganda
UM UMI United States Minor Outlying Islands|US Minor Outlying Islands
US USA United States|United States of America|U.S.|U.S.A.|America|The United States|Vereinigte Staaten|États-Unis|Estados Unidos
UY URY Uruguay
UZ UZB Uzbekistan
VA VAT Vatican City|Holy See|Holy See (Vatican City State)
VC VCT Saint Vincent and the Grenadines|St Vincent
VE VEN Venezuela|Venezuela, Bolivarian Republic of|Venezuela (Bolivarian Republic of)
VG VGB British Virgin Islands|Virgin Islands, British|Virgin Islands (British)|Virgin Islands (UK)
VI VIR U.S. Virgin Islands|Virgin Islands, U.S.|Virgin Islands (U.S.)|Virgin Islands (US)|US Virgin Islands
VN VNM Vietnam|Viet Nam
VU VUT Vanuatu
WF WLF Wallis and Futuna|Wallis & Futuna
WS WSM Samoa|Western Samoa|Samoa (western)
XK XKX Kosovo
YE YEM Yemen
YT MYT Mayotte
ZA ZAF South Africa|RSA|Südafrika
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""
