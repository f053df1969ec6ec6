//! Italian.

use super::{Asking, Words};

pub(super) const WORDS: Words = Words {
    function: "a abbiamo ad agli ai al alla alle allo anche ancora avere avete aveva c che chi ci ciao ciò coi col come \
        con contro cosa così cui da dagli dai dal dall dalla dalle dallo degli dei del dell della delle dello di \
        dopo dove due e è ed era erano essere fa fare favore fra già gli grazie ha hai hanno ho i il in io l la le \
        lei li lo loro lui ma me mi mia mie miei mio molto ne negli nei nel nell nella nelle nello noi non nostra \
        nostre nostri nostro o ogni per perché però più poco posso possiamo possono prima può puoi qual quale quali \
        quando quanta quante quanti quanto quella quelle quelli quello questa queste questi questo qui quindi se \
        sei senza si sì sia siamo siete solo sono sta stata stato su sua sue sugli sui sul sull sulla sulle suo \
        suoi te ti tra tu tua tue tuo tutta tutte tutti tutto un una uno vi voglio voi vorrei vostra vostre vostri \
        vostro",
    asks: &[
        (Asking::Who, "chi"),
        (Asking::What, "che,cosa,quale,quali,qual,cos'è"),
        (Asking::Where, "dove,dov'è"),
        (Asking::When, "quando,che ora,che ore,che giorno,che giorni,quali giorni,quali orari"),
        (Asking::Why, "perché,come mai"),
        (Asking::How, "come,com'è"),
        (Asking::HowMuch, "quanto,quanta,quanti,quante,quali prezzi"),
        (Asking::HowLong, "quanto tempo,quanto dura,quanto ci"),
    ],
    whether: "è sono c'è ci posso può possiamo possono avete accettate fate offrite si",
    negations: "non no mai niente nulla nessuno nessuna nessun senza né nemmeno",
    states: "fallito rifiutato rifiutata negato attesa mancante manca perso rubato rotto danneggiato difettoso \
        sbagliato errato problema errore bloccato annullato ritardo sospeso scaduto scomparso sparito doppio \
        funziona arrivato ricevuto",
};
