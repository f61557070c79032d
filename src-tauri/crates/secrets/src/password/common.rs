//! Passwords that are tried first.
//!
//! Two sources, both in this program: the lists and the estimate of zxcvbn (English words, names,
//! 30,000 passwords, keyboard walks, dates, repeats), and a short list of our own of what is
//! chosen here. zxcvbn knows no Cyrillic and takes it for chance, so that a text is looked at by
//! the keys that were pressed for it as well: йцукен is qwerty, and пароль is a word of our list
//! on either layout.
//!
//! zxcvbn brings fancy-regex and itertools; the regex and time crates were here before it, and
//! chrono comes for the browser alone. A bare list would be no lighter to look after: it would
//! have to come from somewhere, and would not know that Parol-2026 is one word and a year.

use zxcvbn::{Score, zxcvbn};

/// Words in whose neighbourhood passwords are looked for here, the likeliest first. Latin ones are
/// what zxcvbn does not have.
const OURS: &str = "\
    пароль вахта vakhta vahta охрана parol админ администратор administrator operator оператор security \
    ohrana okhrana пост проходная prohodnaya турникет turniket дежурный dezhurny дежурка пропуск propusk \
    бюро гость посетитель hikvision hik terminal терминал директор direktor начальник nachalnik \
    безопасность контроль kontrol доступ dostup вход выход привет privet здравствуйте любовь lyubov \
    lubov люблю солнце solnce solnyshko солнышко зайка котик kotik кошка собака sobaka мама папа дети \
    семья друг компьютер kompyuter интернет россия rossiya russia москва moskva казахстан qazaqstan \
    kazakhstan алматы almaty астана astana нурсултан шымкент shymkent караганда karaganda ташкент \
    tashkent узбекистан uzbekistan бишкек спартак spartak зенит zenit цска динамо кайрат kairat құпия \
    құпиясөз қазақстан қазақ сәлем salem рахмет rahmet махаббат mahabbat анашым әке отан алтын altyn \
    барыс күн александр алексей андрей сергей дмитрий максим наташа настя светлана марина елена ольга \
    татьяна айгуль aigul асель әсел асем данияр daniyar нурлан nurlan ержан erzhan бауыржан болат айдар \
    aidar январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь зима весна \
    лето осень zima vesna leto osen понедельник пятница работа rabota завод zavod офис склад \
    йцукен фывапролдж фыва олдж ячсмить йцу qwerty qazwsx secret секрет новый novyi \
    временный temp test тест";

/// Keys of the Russian layout with the letters of the Kazakh one, and the same keys in Latin.
const CYRILLIC: &str = "ёйцукенгшщзхъфывапролджэячсмитьбюәіңғүұқөһ";
const LATIN: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.2345890-=";

/// Whether a password is among the first that are tried: zxcvbn says that fewer than a million
/// guesses lead to it (score below 2), for the text as it is or for its keys in Latin. At most
/// a hundred guesses are had at the desk; a million is for who has stolen the hashes and goes
/// through lists first.
///
/// `lowercased` must be. At most its first 100 characters count.
#[must_use]
pub fn is_common(lowercased: &str) -> bool {
    let ours: Vec<String> = OURS.split_whitespace().map(keys).collect();
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let guessed = |text: &str| zxcvbn(text, &ours).score() < Score::Two;
    let pressed = keys(lowercased);
    guessed(&pressed) || (pressed != lowercased && guessed(lowercased))
}

/// What the same keys write on the Latin layout.
fn keys(text: &str) -> String {
    let key = |letter: char| {
        CYRILLIC.chars().zip(LATIN.chars()).find(|(c, _)| *c == letter).map_or(letter, |(_, key)| key)
    };
    text.chars().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_both_layouts_are_paired() {
        assert_eq!(CYRILLIC.chars().count(), LATIN.chars().count());
        assert_eq!(keys("йцукенг пароль123 қ"), "qwertyu gfhjkm123 0");
        assert_eq!(OURS, OURS.to_lowercase());
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        let common = [
            "password",
            "password1",
            "qwertyui",
            "qwerty123",
            "1q2w3e4r",
            "12345678",
            "11111111",
            "iloveyou1",
            "пароль",
            "пароль123",
            "пароль2026",
            "йцукенг",
            "йцукенгш",
            "йцукен123",
            "фывапролдж",
            "gfhjkm123",
            "gfhjkm2026",
            "зфыыцщкв",
            "вахта2026",
            "vakhta2026",
            "vakhta!1",
            "охрана123",
            "hikvision1",
            "администратор",
            "admin123",
            "administrator1",
            "оператор1",
            "operator12",
            "parol123",
            "privet123",
            "привет123",
            "москва2026",
            "қазақстан",
            "қазақстан1",
            "құпиясөз",
            "сәлем123",
            "алматы2026",
            "астана01",
            "p@ssw0rd",
            "01.01.1990",
            "abcdefgh",
            "абвгдеёж",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "наташа1990",
            "апрель2026",
            "лето2026",
            "",
        ];
        let let_through: Vec<_> = common.into_iter().filter(|text| !is_common(text)).collect();
        assert!(let_through.is_empty(), "{let_through:?}");
    }

    #[test]
    fn what_nobody_would_try_is_not() {
        let good = [
            "дождь над рекой",
            "correct horse battery staple",
            "зелёный чайник поёт",
            "kx7-tram-oolong",
            "тихая пристань 48",
            "жаңбыр жауып тұр",
            "v8#mqz!trw",
            "трамвай идёт в депо",
        ];
        let refused: Vec<_> = good.into_iter().filter(|text| is_common(text)).collect();
        assert!(refused.is_empty(), "{refused:?}");
    }

    #[test]
    fn odd_texts_do_no_harm() {
        for text in [
            "\u{0}",
            "a\u{301}",
            "👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
            "ﷺﷺﷺﷺ",
            "\u{202e}drowssap",
            &"ю".repeat(256),
            &"4@8({[<3".repeat(32),
        ] {
            let _ = is_common(text);
        }
    }
}
