/** Common English words of at most 8 letters: one token each for nearly every tokenizer, when a space goes before. */
export const COMMON_WORDS: readonly string[] = `
  about above across action active actual address after again against age agree air allow almost along
  already also although always among amount animal another answer anyone apart appear apple apply area
  argue arm around arrive art article ask attack author autumn avoid away baby back bad bag ball bank
  bar base basic battle beach bear beat beauty become bed before begin behind believe below benefit best
  better between beyond big bill bird black blood blue board boat body book born both bottom box boy
  break bridge bright bring broad brother brown build building business but buy call camera camp capital
  car card care carry case catch cause cell center central century certain chair chance change charge
  check child choice choose church circle citizen city civil claim class clean clear clock close cloud
  coach coast coat code coffee cold collect college color come common company compare concern consider
  contain content control cook copy corner correct cost could count country couple course court cover
  create credit crime cross crowd cry culture cup current cut dance danger dark data date daughter day
  dead deal death debate decade decide deep defense degree deliver demand depend describe desert design
  desk detail develop device differ dinner direct discover discuss disease distance divide doctor dog
  door double doubt down draw dream dress drink drive drop drug dry during dust duty each early earth
  east easy eat economy edge effect effort egg eight either else empty end energy engine enjoy enough
  enter entire equal escape even evening event ever every exact example except exist expect expert
  explain express extra eye face fact factor fail fair fall false family famous far farm fast father
  fear feel few field fight figure fill film final find fine finger finish fire firm first fish five fix
  flat floor flow flower fly focus follow food foot force foreign forest forget form formal forward four
  free fresh friend front fruit fuel full fun future game garden gas general get girl give glass global
  goal gold good great green ground group grow growth guard guess guide gun hair half hall hand handle
  happen happy hard have head health hear heart heat heavy help here high hill history hit hold hole
  home honest hope horse hospital hot hotel hour house how human hundred hunt ice idea image impact
  include increase indeed inside instead interest into iron island issue item job join judge jump just
  keep key kind king kitchen know lab lady lake land language large last late laugh law lawyer lay lead
  leader leaf learn least leave left leg legal length less lesson let letter level library lie life
  light like line link list listen little live local long look lose loss lot loud love low luck lunch
  machine magic main major make man manage many map mark market master matter maybe mean measure meat
  media medical meet member memory mention message metal method middle might mile milk mind mine minute
  miss mission mix model modern moment money month moon moral more morning most mother motion mountain
  mouth move movie much museum music must name nation natural nature near neck need network never new
  news next nice night nine noise none normal north nose note nothing notice number object ocean offer
  office often oil old once one only onto open option orange order other our outside over own owner page
  pain paint pair paper parent park part partner party pass past path pattern pay peace people perhaps
  period person phone photo phrase pick picture piece place plan plane plant plate play player please
  point police policy poor popular position power practice prepare present press pretty price print
  prison private problem process produce product program project proof protect prove provide public pull
  purpose push put quality quarter queen question quick quiet quite race radio rain raise range rate
  rather reach read ready real reason receive recent record red reduce reflect region relate remain
  remember remove repeat reply report require research rest result return rich ride right ring rise risk
  river road rock role roof room root rose round rule run safe sail salt same sand save say scale scene
  school science score sea search season seat second secret section see seek seem sell send sense series
  serious serve service set seven several shade shape share sharp sheet ship shirt shoe shop short
  should shoulder show side sign signal silver similar simple since sing sister sit six size skill skin
  sky sleep slow small smile smoke smooth snow social society soft soil soldier some son song soon sort
  sound source south space speak special speech speed spend spirit sport spread spring square staff
  stage stand standard star start state station stay steel step stick still stock stone stop store storm
  story strange street strong student study style subject success such sudden sugar suggest suit summer
  sun supply support sure surface surprise sweet swim symbol system table take talk tall target task
  taste tax tea teach team tell ten term test than thank that theory there these thick thin thing think
  third this those though thought thousand three through throw thus ticket time tiny title today
  together tone tonight tool tooth top total touch toward town trade train travel treat tree trial trip
  trouble true trust truth try turn twelve twenty twice type under unit until upon use usual valley
  value variety various very video view village visit voice vote wait walk wall want war warm wash watch
  water wave way weak wear weather week weight well west what wheel when where whether which while white
  whole why wide wife will win wind window wine winter wish with within without woman wonder wood word
  work world worry would write writer wrong yard year yellow yes yet young your zero
`
  .trim()
  .split(/\s+/);
