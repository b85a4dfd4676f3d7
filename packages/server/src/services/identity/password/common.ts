/** The passwords that are tried first everywhere; from eight characters on, as shorter ones are refused for their length. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `password password1 password12 password123 password1234 passw0rd passw0rd1 p@ssword p@ssw0rd p4ssword pa55word passwort passwort1
  passwort123 motdepasse motdepasse1 contrasena 12345678 123456789 1234567890 0123456789 123123123 11111111 111111111 1111111111
  00000000 88888888 87654321 987654321 0987654321 9876543210 11223344 1122334455 12341234 12344321 123454321 1q2w3e4r 1q2w3e4r5t
  1qaz2wsx 1qazxsw2 1qaz2wsx3edc zaq12wsx zaq1zaq1 qazwsxedc qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwertz123
  qwertzui qwertzuiop azertyui azertyuiop azerty123 asdfghjk asdfghjkl asdfasdf asdf1234 zxcvbnm1 zxcvbnm123 1234qwer qwer1234 q1w2e3r4
  q1w2e3r4t5 abcd1234 abc12345 abcdefgh abcdefg1 abc123456 aa123456 aa12345678 a1b2c3d4 a12345678 a123456789 iloveyou iloveyou1
  iloveyou2 loveyou1 lovelove sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball superman superman1
  batman123 spiderman starwars starwars1 pokemon1 pokemon123 dragon123 master123 monkey123 shadow123 michael1 jennifer jordan23 jessica1
  charlie1 ashley123 daniel123 welcome1 welcome12 welcome123 willkommen willkommen1 bienvenue bonjour1 hallo123 hallo1234 hello123
  hello1234 helloworld letmein1 letmein123 trustno1 whatever whatever1 computer computer1 internet internet1 samsung1 samsung123
  security secret123 secret12 geheim123 geheimnis sommer2023 sommer2024 sommer2025 sommer2026 winter2023 winter2024 winter2025
  winter2026 summer2023 summer2024 summer2025 summer2026 spring2024 spring2025 autumn2024 autumn2025 changeme changeme1 changeme123
  changeit default1 default123 testtest test1234 test12345 testing1 testing123 temp1234 temporary guest123 user1234 username admin123
  admin1234 admin12345 administrator adminadmin root1234 rootroot toor1234 manager1 server123 volvox123 volvox1234 volvoxvolvox
  freedom1 liverpool liverpool1 arsenal1 chelsea1 barcelona realmadrid juventus1 bayern123 schalke04 borussia marseille olympique
  chocolate butterfly blink182 metallica slipknot1 corvette mercedes mercedes1 ferrari1 porsche911 porsche1 harley123 yamaha123
  snoopy123 garfield mickey123 minecraft fortnite1 playstation nintendo xbox3600 google123 facebook facebook1 linkedin linkedin1
  dropbox1 nextcloud nextcloud1 owncloud1 elephant elephant1 swordfish thunder1 maverick phoenix1 midnight mustang1 password! password1!
  passw0rd! p@ssw0rd1 p@ssword1 qwerty123! welcome1! admin123! abc123!! 1234567a 12345678a 123456789a 1234567890a a1234567 qweqweqwe
  asdasdasd zxczxczx qweasdzxc qweasd123 147258369 159753456 741852963 789456123 147852369 321654987 963852741 19871987 19901990
  20002000 20202020 69696969 77777777 55555555 99999999 12121212 10203040 123321123 13131313 123qweasd 123qwe123 1a2b3c4d zaqxswcde`.split(
    /\s+/,
  ),
);
