"""English words that are names too, or that are one letter from a name: as a name they count only where it shows."""

from __future__ import annotations

_NAMES_THAT_ARE_WORDS_TEXT = """
able ace after ally amber an angel any april art ash ashes august autumn bar barber bay be bean bear bell best bill bird
bishop black blue bloom bond book booker born bow bowl box boy brand bright brook brooks brown buck bud burn bush buyer by can
candy car card case cash chance charity chase chip church city clay close cloud cole cook cool cope core corn cost cow cross
crow cruz daily dale dash dawn day deal dean dear dee delay dell den do dot dove drew drop duke early east eden ever faith far
farmer field fine fish ford forest forth fox frank free french frost gate gay gene gift ginger glad glen go gold good grace
grant gray green grove guy hall hand happy hard hardy harmony he head heart heath heather heaven her high hill him holiday
holly home honey hook hope horn house how hunt hunter ice in iris is it ivy jack jade jar jasmine jay jean jet jewel joy june
just key kind king kit knight lake lamb lane large late law lay le leaf lee lei let light lily line link little lo long lord
love low luck lucky ma major mar mark marks mason may me melody merry mia mile miles mill min mind misty mo money moon more
moss my nan new nice nick no noble north now nut oak ocean old olive on opal or page paige paris park parker pat patience
peace pearl peg penny per pete piece pierce pine pink pope poppy post potter powers price prince queen rain ray read red reed
reef rich ring river rob robin rock root rose ross ruby ruth rush sage sales sally salmon salt sam sand sandy savage saver say
seal see sharp she shell shepherd short shy silver sky small smart so son song sophia south spring star starling stead steel
still stone storm stout street strong sue summer sun sunny sweet swift tan tate taylor temple tender than the thorn tiger time
to tom top tower town tree true trust tucker turn under up van vale victor violet wade wage waiter walk walker wall wang wards
ware warm watch water way we weaver web weeks welcome well wells west wheeler white wild will wills win window winter wise
wolf wong wood woods worth wren wright yang yes you young yu zip
"""
#: Names that are words. In lower case, or at the start of a sentence, they are taken for the word.
NAMES_THAT_ARE_WORDS = frozenset(_NAMES_THAT_ARE_WORDS_TEXT.split())
_SENTENCE_STARTERS_TEXT = """
after ally any an art best bill book box brand can car card case cash chance chase check cool cost daily day deal dear delay
do drew drop early ever far fine free good grace grant guy hand happy hard he her him home hope how hunt in is it just key
kind last late let light like line little long love low lucky ma mark may me min mind money more my new nice no now old open
order page patience peace per price prices ray read rich rush sales saver say see sharp she short small so still stone sue
summer than the time turn under up very wait walk watch way we welcome well will win winter wise yes you young
"""
#: Of these, the ones that begin sentences: there a capital says nothing.
SENTENCE_STARTERS = frozenset(_SENTENCE_STARTERS_TEXT.split())
#: Names that are months; a date's are not meant.
MONTHS = frozenset({"april", "may", "june", "july", "august", "january", "march", "jan", "mar", "jun", "jul", "aug"})
_NEAR_NAMES_TEXT = """
about above account actually again all alone already also always and another anything apply are around asked asking aware away
back bad because been before being both buying calling came cancel card care chat check clear closed come coming could
customer damaged date days delivery did different disappointed does doing done down due each either else email even every
everything expired extremely fair fall family fed few final find fine first fixed for found from full fully game gave get
getting give given going gone got great had half happening has have having hear hello help here hers hey hi hold hoping hour
hours huge idea into item job keep kept know knew lack last later least leave left less letting life like list live locked
look looking lost made mail make making mad male manner many maybe mean meant mine minor miss missing moan mobile most much
must name near need needed never next night none not nothing number off often okay once one only open order other our out over
paid pain part past pay phone place plan please poor problem quite rate rather ready real really reason received refund regard
return right sad safe said same saw sent service shame she should show sick simple simply since site some someone something
soon sorry stand such support sure sane take taken talk tell terrible text thank thanks that them then there these they thing
think this those though three thus time tired today together told too took totally tried true try trying two unable
unacceptable until upset urgent use used using very wait waiting want wanted was waste week went were what when where which
while who whole why wife with without wont work working would writing wrong year years yet your yours
"""
#: Frequent words that differ from some name in one letter.
NEAR_NAMES = NAMES_THAT_ARE_WORDS | frozenset(_NEAR_NAMES_TEXT.split())
