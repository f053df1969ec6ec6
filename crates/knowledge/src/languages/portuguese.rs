//! Portuguese.

use super::{Asking, Words};

pub(super) const WORDS: Words = Words {
    function: "a à ainda algo algum alguma algumas alguns ante antes ao aos aquela aquele aquilo as às até bem cada com \
        como contra da das de dela dele delas deles depois desde deve do dois dos e é ela elas ele eles em entre \
        era eram essa essas esse esses esta está estamos estão estar estas este estes estou eu faz fazem fazer foi \
        foram há isso isto já la lhe lo mais mas me mesmo meu meus minha minhas muito muitos na nada nas não nem no \
        nos nós nossa nossas nosso nossos num numa o obrigada obrigado olá onde os ou outra outras outro outros \
        para pela pelas pelo pelos perante pode podem podemos pois por porque posso pouco pra qual quais qualquer \
        quando quanta quantas quanto quantos que quê quem quero se seja sem ser seu seus si sim só sobre somos sou \
        sua suas também tão te tem têm temos tenho ter teu todas todo todos tua tudo um uma umas uns vai vamos vou \
        você vocês",
    asks: &[
        (Asking::Who, "quem"),
        (Asking::What, "que,quê,qual,quais,o que"),
        (Asking::Where, "onde,aonde"),
        (Asking::When, "quando,que horas,que hora,que dia,que dias,qual horário"),
        (Asking::Why, "por que,por quê,porquê,porque"),
        (Asking::How, "como"),
        (Asking::HowMuch, "quanto,quanta,quantos,quantas,qual preço,quais preços"),
        (Asking::HowLong, "quanto tempo,quanto demora,quanto dura"),
    ],
    whether: "é são está estão há posso pode podem tem têm aceitam fazem oferecem vocês",
    negations: "não nunca jamais nada ninguém nenhum nenhuma sem nem tampouco",
    states: "falhou falha falhado recusado recusada rejeitado negado pendente faltando falta perdido roubado quebrado \
        danificado defeituoso errado incorreto problema erro preso cancelado atrasado bloqueado suspenso vencido \
        expirado sumiu desaparecido duplicado funciona chegou recebido",
};
